// SPDX-License-Identifier: Apache-2.0
// Numbers for topics on one connection.
#include "core/topic_aliases.hpp"

namespace muster::testbroker::core {

std::variant<std::string_view, wire::ReasonCode> ClientAliases::topic_of(const wire::Publish& publish, std::uint16_t maximum) {
    const auto& alias = publish.properties.topic_alias;
    if (!alias) return publish.topic;
    if (*alias == 0 || *alias > maximum) return wire::ReasonCode::topic_alias_invalid;
    if (!publish.topic.empty()) {
        if (topics_.size() < *alias) topics_.resize(*alias);
        topics_[*alias - 1U] = publish.topic;
        return publish.topic;
    }
    if (topics_.size() < *alias || topics_[*alias - 1U].empty()) return wire::ReasonCode::protocol_error;
    return topics_[*alias - 1U];
}

std::uint16_t BrokerAliases::find(std::string_view topic) const {
    const auto found = aliases_.find(topic);
    return found == aliases_.end() ? std::uint16_t{0} : found->second;
}

std::uint16_t BrokerAliases::next_for(std::string_view topic) const {
    constexpr std::size_t alias_bytes = 3;  // Its identifier and itself.
    if (topic.size() <= alias_bytes || aliases_.size() >= maximum_) return 0;
    return static_cast<std::uint16_t>(aliases_.size() + 1);
}

void BrokerAliases::give(std::string_view topic) {
    aliases_.emplace(topic, next_for(topic));
}

}  // namespace muster::testbroker::core

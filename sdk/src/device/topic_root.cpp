// SPDX-License-Identifier: Apache-2.0
// One device's part of a topic tree that others share.
#include "device/topic_root.hpp"

#include "base/topic.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace muster::device {

std::string TopicRoot::add_to_topic(std::string topic) const {
    if (!is_none() && !topic.empty() && topic.front() != '$') topic.insert(0, prefix_);
    return topic;
}

std::string TopicRoot::add_to_filter(const std::string& filter) const {
    constexpr std::string_view share = "$share/";
    if (filter.rfind(share, 0) != 0) return add_to_topic(filter);
    const auto slash = filter.find('/', share.size());
    if (slash == std::string::npos) return filter;
    return filter.substr(0, slash + 1) + add_to_topic(filter.substr(slash + 1));
}

std::string TopicRoot::take_off(const std::string& topic) const {
    return topic.rfind(prefix_, 0) == 0 ? topic.substr(prefix_.size()) : topic;
}

Result<void> TopicRoot::check_topics(const base::MessageView& message) const {
    if (auto checked = base::check_topic(add_to_topic(std::string(message.topic))); !checked) return checked;
    if (!message.properties || message.properties->response_topic.empty()) return {};
    if (auto checked = base::check_topic(add_to_topic(message.properties->response_topic)); !checked)
        return std::move(checked).error().in("response topic");
    return {};
}

template <class Change>
void TopicRoot::change_topics(Message& message, const Change& change) const {
    if (is_none()) return;
    message.topic = change(message.topic);
    if (!message.properties || message.properties->response_topic.empty()) return;
    MessageProperties properties = *message.properties;
    properties.response_topic = change(properties.response_topic);
    message.properties = std::make_shared<const MessageProperties>(std::move(properties));
}

void TopicRoot::add_to(Message& message) const {
    change_topics(message, [this](const std::string& topic) { return add_to_topic(topic); });
}

void TopicRoot::take_off(Message& message) const {
    change_topics(message, [this](const std::string& topic) { return take_off(topic); });
}

}  // namespace muster::device

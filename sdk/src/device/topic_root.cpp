// SPDX-License-Identifier: Apache-2.0
// One device's part of a topic tree that others share.
#include "device/topic_root.hpp"

#include <string_view>

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

}  // namespace muster::device

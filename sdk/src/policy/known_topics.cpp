// SPDX-License-Identifier: Apache-2.0
// What a thread knows of the topics that it published last.
#include "policy/known_topics.hpp"

#include <algorithm>

namespace muster::policy {

std::atomic<std::uint64_t> KnownTopics::next_number_{1};

void KnownTopics::note(std::string_view topic, const TopicClass& topic_class) const {
    Place& place = place_of(topic);
    if (topic.size() > place.topic.size()) return;
    const PublishOptions& options = topic_class.options;
    place.owner = owner_;
    place.known = {
        next_number_++, &topic_class, base::is_plain(options), {options.qos, options.durability, options.priority, options.retain}};
    place.size = topic.size();
    std::copy(topic.begin(), topic.end(), place.topic.begin());
}

}  // namespace muster::policy

// SPDX-License-Identifier: Apache-2.0
// Which QoS class a topic belongs to.
#include "policy/topic_classes.hpp"

#include "base/topic.hpp"
#include "payload/encoding.hpp"

#include <algorithm>
#include <string>

namespace muster::policy {

Result<TopicClasses> TopicClasses::make(std::vector<TopicClass> classes, const PublishOptions& fallback) {
    for (std::size_t i = 0; i < classes.size(); ++i) {
        if (auto checked = base::check_filter(classes[i].filter); !checked)
            return std::move(checked).error().in("classes[" + std::to_string(i) + "]");
    }
    return TopicClasses(std::move(classes), fallback);
}

const TopicClass& TopicClasses::class_for(std::string_view topic) const {
    for (const auto& candidate : classes_) {
        if (base::filter_matches(candidate.filter, topic)) return candidate;
    }
    return fallback_;
}

bool TopicClasses::has_batches() const {
    return std::any_of(classes_.begin(), classes_.end(), [](const auto& one) { return one.batch.has_value(); });
}

Message make_message(std::string_view topic, const Reading& reading, const TopicClass& topic_class) {
    const auto& options = topic_class.options;
    return {std::string(topic), payload::encode_one(reading, topic_class.encoding), options.qos, options.retain};
}

Message make_message(std::string_view topic, std::string_view payload, const PublishOptions& options) {
    return {std::string(topic), std::string(payload), options.qos, options.retain};
}

}  // namespace muster::policy

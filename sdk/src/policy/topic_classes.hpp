// SPDX-License-Identifier: Apache-2.0
// Which QoS class a topic belongs to, and a reading made into the message that waits in the outbox.
#pragma once

#include <muster/device_config.hpp>
#include <muster/message.hpp>
#include <muster/reading.hpp>

#include <string_view>
#include <vector>

namespace muster::policy {

/// Threads: any, after construction.
class TopicClasses {
public:
    /// `fallback` is for topics that no class matches. Fails with Code::invalid_argument, naming the class, if a filter is not one.
    static Result<TopicClasses> make(std::vector<TopicClass> classes, const PublishOptions& fallback);

    /// The first class that matches, and its options. It stays where it is until these are moved or gone.
    [[nodiscard]] const TopicClass& class_for(std::string_view topic) const;
    [[nodiscard]] const PublishOptions& options_for(std::string_view topic) const { return class_for(topic).options; }
    /// Whether any class batches.
    [[nodiscard]] bool has_batches() const;

private:
    TopicClasses(std::vector<TopicClass> classes, const PublishOptions& fallback) : classes_(std::move(classes)) {
        fallback_.options = fallback;
    }
    std::vector<TopicClass> classes_;
    TopicClass fallback_;
};

/// The message for a reading.
[[nodiscard]] Message make_message(std::string_view topic, const Reading& reading, const TopicClass& topic_class);
[[nodiscard]] Message make_message(std::string_view topic, std::string_view payload, const PublishOptions& options);

}  // namespace muster::policy

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

    /// The options of the first class that matches.
    [[nodiscard]] const PublishOptions& options_for(std::string_view topic) const;

private:
    TopicClasses(std::vector<TopicClass> classes, const PublishOptions& fallback) : classes_(std::move(classes)), fallback_(fallback) {}
    std::vector<TopicClass> classes_;
    PublishOptions fallback_;
};

/// The message for a reading.
[[nodiscard]] Message make_message(std::string_view topic, const Reading& reading, const PublishOptions& options);
[[nodiscard]] Message make_message(std::string_view topic, std::string_view payload, const PublishOptions& options);

}  // namespace muster::policy

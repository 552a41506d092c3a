// SPDX-License-Identifier: Apache-2.0
// One device's part of a topic tree that others share, hidden from the application.
#pragma once

#include "base/message_view.hpp"

#include <muster/message.hpp>
#include <muster/result.hpp>

#include <cstddef>
#include <string>

namespace muster::device {

/// Topics that begin with `$` are the broker's, and are neither given a root nor have one.
/// Threads: any.
class TopicRoot {
public:
    TopicRoot() = default;  ///< None: everything stays as it is.
    explicit TopicRoot(const std::string& root) : prefix_(root.empty() ? "" : root + "/") {}

    [[nodiscard]] bool is_none() const { return prefix_.empty(); }
    /// What it adds to a topic.
    [[nodiscard]] std::size_t bytes() const { return prefix_.size(); }
    [[nodiscard]] std::string add_to_topic(std::string topic) const;
    /// Also within `$share/<group>/<filter>` (MQTT 5.0, section 4.8.2).
    [[nodiscard]] std::string add_to_filter(const std::string& filter) const;
    /// What has another root is given back as it is.
    [[nodiscard]] std::string take_off(const std::string& topic) const;
    /// Whether both topics of a valid message are still valid with it. Fails as base::check_topic does.
    [[nodiscard]] Result<void> check_with_root(const base::MessageView& message) const {
        return is_none() ? Result<void>() : check_topics(message);
    }
    /// To, and off, both topics of a message: its own and that of an answer.
    void add_to(Message& message) const;
    void take_off(Message& message) const;

private:
    [[nodiscard]] Result<void> check_topics(const base::MessageView& message) const;
    template <class Change>
    void change_topics(Message& message, const Change& change) const;

    std::string prefix_;  // Ends with '/', or is empty.
};

}  // namespace muster::device

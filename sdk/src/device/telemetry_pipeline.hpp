// SPDX-License-Identifier: Apache-2.0
// The way of a reading from `publish` to the outbox: its class's rate, delta and encoding.
#pragma once

#include "base/clock.hpp"
#include "base/message_view.hpp"
#include "policy/reading_flow.hpp"
#include "policy/topic_classes.hpp"

#include <muster/device.hpp>
#include <muster/message.hpp>
#include <muster/policy.hpp>
#include <muster/result.hpp>
#include <muster/status.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

namespace muster::device {

/// A ReadingFlow with its lock and its deadline. While it is held the outbox is called, whose lock comes after this one: the readings of a
/// topic are stored in the order in which their differences were made. Readings of a class without rate and delta take no lock here.
/// Threads: any.
class TelemetryPipeline {
public:
    /// Whether somebody waits for the outcome, and may be refused, or a reading comes that was taken long ago.
    enum class Origin : bool { publish, held };
    /// Puts a message into the outbox.
    using Store = std::function<Result<Receipt>(const base::MessageView& message, const PublishOptions& options, Origin origin)>;
    struct Hooks {
        Store store;
        std::function<void(const Error& why)> lost;  ///< A reading that was held, and that the outbox did not take.
        std::function<void()> deadline_is_nearer;
    };

    /// `classes` is borrowed for the pipeline's life.
    TelemetryPipeline(const policy::TopicClasses& classes, Hooks hooks) : classes_(&classes), hooks_(std::move(hooks)) {}

    /// Its id is 0 if the class holds the reading or leaves it out. Fails as the outbox does; Code::stopped after `close`.
    Result<Receipt> publish(std::string_view topic, const Reading& reading, base::SteadyTime now);
    /// Stores what has become due.
    void expire(base::SteadyTime now);
    /// Stores all that is held, and takes no more.
    void close(base::SteadyTime now);

    /// When something held becomes due; none if nothing is held. Without a lock: the loop, which asks, must not wait for a disk.
    [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const;
    [[nodiscard]] ReadingCounts counts() const;

private:
    Result<Receipt> publish_in_order(std::string_view topic, const Reading& reading, const TopicClass& topic_class, base::SteadyTime now);
    Result<Receipt> publish_at_once(std::string_view topic, const Reading& reading, const TopicClass& topic_class);
    Result<Receipt> encode_and_store(std::string_view topic, const Reading& reading, const TopicClass& topic_class, Origin origin);
    Result<Receipt> store(const policy::Outgoing& outgoing, Origin origin);
    void store_held(const std::vector<policy::Outgoing>& held);
    /// Whether it is nearer than before.
    bool note_deadline();

    const policy::TopicClasses* classes_;
    Hooks hooks_;
    mutable std::mutex mutex_;
    policy::ReadingFlow flow_;  // Under mutex_.
    bool is_closed_ = false;    // Under mutex_.
    std::atomic<base::SteadyTime> deadline_{base::SteadyTime::max()};
    std::atomic<std::uint64_t> stored_at_once_{0};
    std::atomic<std::uint64_t> refused_at_once_{0};
};

}  // namespace muster::device

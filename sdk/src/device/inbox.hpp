// SPDX-License-Identifier: Apache-2.0
// What has come and waits for its handler: bounded, counted, and waited for by who acknowledges it.
#pragma once

#include <muster/device_config.hpp>
#include <muster/message.hpp>
#include <muster/status.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

namespace muster::device {

/// Messages leave in the order in which they came, so that a number says which has left.
///
///     enter --> waiting -- left --> handled, unhandled, duplicate
///       +--> dropped, if there is no room: at QoS 0 at once, otherwise after the patience
///
/// Threads: any; `enter` and `wait` block the caller.
class Inbox {
public:
    struct Entry {
        std::uint64_t number = 0;
        std::uint64_t bytes = 0;
    };

    enum class Outcome : std::uint8_t { handled, unhandled, duplicate };

    explicit Inbox(const InboxConfig& config) : config_(config), patience_(config.acknowledge_within) {}
    /// So long `enter` and `wait` wait from now on, if the configuration does not say less.
    void set_patience(std::chrono::milliseconds most);
    /// None: it was dropped.
    [[nodiscard]] std::optional<Entry> enter(const Message& message);
    /// The oldest has left.
    void left(const Entry& entry, Outcome outcome);
    /// Waits until the entry has left, the patience is over, or nobody is to wait any more.
    void wait(const Entry& entry);
    /// Nobody waits any more.
    void release();
    [[nodiscard]] InboxCounts counts() const;

private:
    [[nodiscard]] bool has_room(std::uint64_t bytes) const;

    const InboxConfig config_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::chrono::milliseconds patience_;
    bool is_released_ = false;
    std::uint64_t entered_ = 0;
    std::uint64_t left_ = 0;
    std::uint64_t waiting_bytes_ = 0;
    InboxCounts counts_;
};

}  // namespace muster::device

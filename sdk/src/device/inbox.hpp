// SPDX-License-Identifier: Apache-2.0
// What has come and waits for its handler: bounded, counted, and waited for by who acknowledges it.
#pragma once

#include <muster/device_config.hpp>
#include <muster/message.hpp>
#include <muster/status.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>

namespace muster::device {

/// Handlers return in the order in which messages came, so that a number says whose have returned. A message is held until all that are to
/// acknowledge it by hand have.
///
///     enter --> waiting -- returned --> unhandled, duplicate, handled
///       |          +-- returned --> held -- the last end_hold, or the end of the wait --> handled
///       +--> dropped, if there is no room: at QoS 0 at once, otherwise after the patience
///
/// What is held counts as waiting. It is held while it is waited for and no longer, so that what is never acknowledged fills no inbox.
/// Threads: any; `enter` and `wait` block the caller.
class Inbox {
public:
    struct Entry {
        std::uint64_t number = 0;
        std::uint64_t bytes = 0;
    };

    enum class Outcome : std::uint8_t { handled, unhandled, duplicate };

    /// Why a wait has ended: as it should, or early.
    enum class WaitEnd : std::uint8_t { left, handler_late, hold_late, hold_dropped };

    explicit Inbox(const InboxConfig& config) : config_(config), patience_(config.acknowledge_within) {}
    /// So long `enter` and `wait` wait from now on, if the configuration does not say less.
    void set_patience(std::chrono::milliseconds most);
    /// None: it was dropped.
    [[nodiscard]] std::optional<Entry> enter(const Message& message);
    /// While its handlers run: one more `end_hold` is waited for. False: it is not, because the wait is over.
    [[nodiscard]] bool hold(const Entry& entry);
    /// Without effect when the wait is over.
    void end_hold(std::uint64_t number);
    /// Nobody can end this hold any more: the wait for it goes on, because its end acknowledges.
    void drop_hold(std::uint64_t number);
    /// The handlers of the oldest that is not held have returned.
    void returned(const Entry& entry, Outcome outcome);
    /// Waits until the entry has left, the patience is over, or nobody is to wait any more.
    WaitEnd wait(const Entry& entry);
    /// Nobody waits any more.
    void release();
    [[nodiscard]] InboxCounts counts() const;

private:
    struct Hold {
        std::uint64_t bytes = 0;
        std::uint32_t awaited = 0;  ///< So many have to end it.
        bool is_dropped = false;    ///< One of them never will.
    };
    // With the lock held.
    [[nodiscard]] bool has_room(std::uint64_t bytes) const;
    [[nodiscard]] bool have_returned(std::uint64_t number) const { return returned_ >= number; }
    [[nodiscard]] bool has_left(std::uint64_t number) const { return have_returned(number) && holds_.count(number) == 0; }
    void leave(std::uint64_t bytes, Outcome outcome);

    const InboxConfig config_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::chrono::milliseconds patience_;
    bool is_released_ = false;
    std::uint64_t entered_ = 0;
    std::uint64_t returned_ = 0;  ///< The number of the last whose handlers have.
    std::uint64_t left_ = 0;      ///< So many have.
    std::map<std::uint64_t, Hold> holds_;
    std::set<std::uint64_t> given_up_;  ///< Their waits have ended before their handlers.
    std::uint64_t waiting_bytes_ = 0;
    InboxCounts counts_;
};

}  // namespace muster::device

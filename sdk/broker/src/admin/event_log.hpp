// SPDX-License-Identifier: Apache-2.0
// The last events with their numbers, for readers that each go at their own pace.
#pragma once

#include "admin/event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>

namespace muster::testbroker::admin {

/// A reader holds no events but a number: one that is too slow finds that what it wanted is gone, and is told how much.
/// Threads: one.
class EventLog {
public:
    explicit EventLog(std::size_t capacity) : capacity_(capacity) {}

    /// Numbers the event, forgets the oldest if there are too many, and wakes who waits.
    void append(Event event);
    /// The number that the next event will have; the first is 1.
    [[nodiscard]] std::uint64_t next_id() const { return next_id_; }
    /// The event `id`, or the gap from there to the oldest that is left; none if it has not happened yet.
    [[nodiscard]] std::optional<Event> at(std::uint64_t id) const;

    using Waiting = std::uint64_t;
    /// Calls `wake` once, at the next event, unless it is cancelled before.
    Waiting when_more(std::function<void()> wake);
    void cancel(Waiting waiting) { waiting_.erase(waiting); }

private:
    std::size_t capacity_;
    std::deque<Event> events_;
    std::uint64_t next_id_ = 1;
    std::map<Waiting, std::function<void()>> waiting_;
    Waiting last_waiting_ = 0;
};

}  // namespace muster::testbroker::admin

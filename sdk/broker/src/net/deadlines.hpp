// SPDX-License-Identifier: Apache-2.0
// Connections that must get somewhere within a time that is the same for all of them.
#pragma once

#include "base/clock.hpp"
#include "core/output.hpp"

#include <chrono>
#include <deque>
#include <utility>

namespace muster::testbroker::net {

/// A queue suffices, because who came first is due first. Threads: one.
class Deadlines {
public:
    explicit Deadlines(std::chrono::milliseconds time) : time_(time) {}
    void add(core::ConnectionId id, base::SteadyTime now) { due_.emplace_back(now + time_, id); }
    /// Calls `late(id)` for every connection whose time is over; whether it still has to get anywhere, the caller knows.
    template <class Late>
    void expire(base::SteadyTime now, Late late) {
        while (!due_.empty() && due_.front().first <= now) {
            const core::ConnectionId id = due_.front().second;
            due_.pop_front();
            late(id);
        }
    }

private:
    std::chrono::milliseconds time_;
    std::deque<std::pair<base::SteadyTime, core::ConnectionId>> due_;
};

}  // namespace muster::testbroker::net

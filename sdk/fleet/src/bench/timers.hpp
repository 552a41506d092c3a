// SPDX-License-Identifier: Apache-2.0
// Which client is to be looked at next, and when: one time for each.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

namespace muster::fleet {

/// Threads: one.
class Timers {
public:
    explicit Timers(std::size_t slots) : armed_(slots, base::SteadyTime::max()) {}

    /// An earlier time that the slot had stays.
    void arm(std::uint32_t slot, base::SteadyTime time) {
        if (time >= armed_[slot]) return;
        armed_[slot] = time;
        queue_.emplace(time, slot);
    }

    /// A slot whose time has come; it has none any more.
    std::optional<std::uint32_t> pop(base::SteadyTime now) {
        while (!queue_.empty() && queue_.top().first <= now) {
            const auto [time, slot] = queue_.top();
            queue_.pop();
            if (armed_[slot] != time) continue;  // Was armed for an earlier time since, which has passed.
            armed_[slot] = base::SteadyTime::max();
            return slot;
        }
        return std::nullopt;
    }

    [[nodiscard]] base::SteadyTime next() const { return queue_.empty() ? base::SteadyTime::max() : queue_.top().first; }

private:
    using Entry = std::pair<base::SteadyTime, std::uint32_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
    std::vector<base::SteadyTime> armed_;  // By slot; the queue may hold times that are of no account any more.
};

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// Counts how many of a fleet come back in one moment.
#pragma once

#include "timeline.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

namespace muster::test {

/// The first attempt of every device after an outage, in slots of 100 ms.
/// Threads: one.
class StormMeter {
public:
    static constexpr milliseconds slot{100};

    void outage_is_over(SteadyTime now) {
        over_at_ = now;
        slots_.clear();
        seen_.clear();
    }
    void attempt(std::size_t device, SteadyTime now) {
        if (over_at_ != SteadyTime() && seen_.insert(device).second) ++slots_[(now - over_at_) / slot];
    }
    [[nodiscard]] std::uint64_t peak() const {
        std::uint64_t most = 0;
        for (const auto& [when, count] : slots_) most = std::max(most, count);
        return most;
    }
    /// Three times the even share of `devices` that are spread over `spread`, and what chance may add to it in any of thousands of slots.
    [[nodiscard]] static std::uint64_t bound(std::size_t devices, milliseconds spread) {
        const double share = 3.0 * static_cast<double>(devices) * static_cast<double>(slot.count()) / static_cast<double>(spread.count());
        return static_cast<std::uint64_t>(share + 4.0 * std::sqrt(share) + 3.0);
    }

private:
    SteadyTime over_at_{};
    std::map<std::int64_t, std::uint64_t> slots_;
    std::set<std::size_t> seen_;
};

}  // namespace muster::test

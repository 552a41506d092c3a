// SPDX-License-Identifier: Apache-2.0
// Does a device that comes back send its backlog no faster than it may?
#pragma once

#include "world.hpp"

#include <muster/policy.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace muster::test {

/// A device's pace: a second's worth is less than what waits after an outage, and an hour's is more than ever does.
[[nodiscard]] inline std::optional<DrainConfig> draw_pace(Chance& chance) {
    if (chance.happens(40)) return std::nullopt;
    return DrainConfig{static_cast<std::uint32_t>(chance.between(1, 10)), chance.happens(30) ? chance.between(100, 1'000) : 0,
                       chance.up_to(milliseconds(30'000))};
}

/// A leaky bucket at the end of the line: what is sent and was not published on this connection must fit. What was handed out and waits for
/// the window may come together with what follows.
/// Threads: one.
class PaceJudge {
public:
    PaceJudge(const std::optional<DrainConfig>& pace, std::size_t window) : pace_(pace), slack_(static_cast<double>(window) + 1) {}

    /// Another connection: what waits is the backlog.
    void opened() { may_follow_ = 0; }
    /// It may be sent as it comes, by itself or one from before in its place.
    void accepted(Priority priority) { may_follow_ += priority < Priority::high ? 1U : 0U; }
    void put_back(std::size_t count) { may_follow_ += count; }
    /// Whether it may be.
    [[nodiscard]] bool sent(Priority priority, SteadyTime now) {
        if (!pace_ || priority >= Priority::high) return true;
        if (may_follow_ > 0) {
            --may_follow_;
            return true;
        }
        const double rate = pace_->messages_per_second;
        constexpr double burst_seconds = 3;
        level_ = std::max(0.0, level_ - std::chrono::duration<double>(now - last_).count() * rate) + 1;
        last_ = now;
        return level_ <= rate * burst_seconds + slack_;
    }

private:
    std::optional<DrainConfig> pace_;
    double slack_;
    std::uint64_t may_follow_ = 0;
    double level_ = 0;
    SteadyTime last_{};
};

}  // namespace muster::test

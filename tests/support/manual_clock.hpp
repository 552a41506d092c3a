// SPDX-License-Identifier: Apache-2.0
// Time that passes when the test says so.
#pragma once

#include "base/clock.hpp"

#include <chrono>

namespace muster::test {

/// Both clocks stand still at 2026-01-01T00:00:00Z until the test moves them; the steady clock never goes back.
/// Threads: one.
class ManualClock final : public base::Clock {
public:
    [[nodiscard]] base::SteadyTime now() const override { return steady_; }
    [[nodiscard]] base::WallTime wall_now() const override { return wall_; }

    /// Time goes on, for both clocks.
    void advance(std::chrono::milliseconds duration) {
        steady_ += duration;
        wall_ += duration;
    }
    /// Somebody sets the wall clock; the steady clock does not notice.
    void set_wall(base::WallTime time) { wall_ = time; }

private:
    // Not the epoch: a deadline computed backwards from the start must not underflow.
    base::SteadyTime steady_{std::chrono::hours(1000)};
    base::WallTime wall_{std::chrono::seconds(1'767'225'600)};
};

}  // namespace muster::test

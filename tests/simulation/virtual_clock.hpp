// SPDX-License-Identifier: Apache-2.0
// The machine's clocks as the simulated layers find them, should one of them ask: virtual time, and a wall clock that jumps.
#pragma once

#include "timeline.hpp"

namespace muster::test {

/// While one is alive base::SystemClock is this one. At most one at a time.
/// Threads: one.
class VirtualClock {
public:
    explicit VirtualClock(const Timeline& timeline);
    ~VirtualClock();
    VirtualClock(const VirtualClock&) = delete;
    VirtualClock& operator=(const VirtualClock&) = delete;

    void jump(std::chrono::seconds by) { ahead_ += by; }
    [[nodiscard]] SteadyTime now() const { return timeline_.now(); }
    [[nodiscard]] base::WallTime wall_now() const;

private:
    const Timeline& timeline_;
    std::chrono::seconds ahead_{0};
};

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// The clocks of a simulated machine: what the outbox counts times to live by.
#pragma once

#include "base/age_clock.hpp"
#include "base/clock.hpp"
#include "world.hpp"

#include <chrono>
#include <cstdint>

namespace muster::test {

/// Of one that was switched on at some time. Threads: one.
class MachineClock final : public base::AgeClock {
public:
    MachineClock(const World& world, std::uint64_t boot, SteadyTime on_since, bool is_wall_right)
        : world_(world), boot_(boot), on_since_(on_since), is_wall_right_(is_wall_right) {}

    base::ClockReading read() override {
        const auto in_milliseconds = [](auto time) { return std::chrono::duration_cast<milliseconds>(time).count(); };
        const auto wall = base::SystemClock().wall_now().time_since_epoch();
        return {boot_, in_milliseconds(world_.now() - on_since_), in_milliseconds(wall), is_wall_right_};
    }

private:
    const World& world_;
    std::uint64_t boot_;
    SteadyTime on_since_;
    bool is_wall_right_;
};

}  // namespace muster::test

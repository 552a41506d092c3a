// SPDX-License-Identifier: Apache-2.0
// What one device's sensors say, and when: a function of the plan, the device's number and the time since the start.
#pragma once

#include "simulate/draws.hpp"

#include <muster/fleet/simulate.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace muster::fleet {

/// When a device of that number starts, since the run's start.
[[nodiscard]] std::chrono::nanoseconds start_of(const SimulationPlan& plan, std::uint32_t device);

/// How far the clock of a device of that number is ahead; below 0: behind.
[[nodiscard]] std::chrono::nanoseconds skew_of(const SimulationPlan& plan, std::uint32_t device);

/// When reading `index` of a sensor is due, since the run's start.
[[nodiscard]] std::chrono::nanoseconds due_time(const SimulationPlan& plan, std::uint32_t device, std::size_t sensor, std::uint64_t index);

/// One value of one sensor of one device.
class ValueSource {
public:
    /// The value's description outlives it.
    ValueSource(const SimulatedValue& value, Draws draws);
    /// The next reading's; `at` is the time since the start.
    double next(std::chrono::nanoseconds at);

private:
    [[nodiscard]] double plain(std::chrono::nanoseconds at);

    const SimulatedValue& value_;
    Draws draws_;
    double last_;
    std::size_t first_ = 0;
    std::uint64_t readings_ = 0;
};

/// A reading that is due.
struct SimulatedReading {
    std::size_t sensor = 0;
    std::uint64_t sequence = 0;                  ///< Of the sensor, from the plan's first.
    std::chrono::system_clock::time_point time;  ///< As the device has it.
    std::vector<std::pair<std::string, double>> values;
};

/// Threads: one at a time.
class Feed {
public:
    /// The plan outlives it.
    Feed(const SimulationPlan& plan, std::uint32_t device);

    /// When the next reading is due, since the run's start; nanoseconds::max() when there is none within the duration.
    [[nodiscard]] std::chrono::nanoseconds next_time() const { return next_time_; }
    /// That reading. Only if there is one.
    SimulatedReading take();

private:
    void choose();

    struct Line {
        std::uint64_t taken = 0;
        std::chrono::nanoseconds due{0};
        std::vector<ValueSource> values;
    };

    const SimulationPlan& plan_;
    std::uint32_t device_;
    std::chrono::nanoseconds skew_;
    std::vector<Line> lines_;
    std::size_t next_ = 0;
    std::chrono::nanoseconds next_time_{0};
};

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// The clocks of a machine that a test runs, sets and reboots.
#pragma once

#include "base/age_clock.hpp"

#include <memory>

namespace muster::test {

/// What the machine's clocks show; a test changes it under every clock that shows it.
struct Machine {
    base::ClockReading now{1, 60'000, 1'800'000'000'000, true};

    void run(std::int64_t milliseconds) {
        now.since_boot += milliseconds;
        now.wall += milliseconds;
    }
    /// Only the wall clock moves.
    void step_wall(std::int64_t milliseconds) { now.wall += milliseconds; }
    void reboot_after(std::int64_t milliseconds_off) {
        ++now.boot;
        now.since_boot = 0;
        now.wall += milliseconds_off;
    }
    /// It must outlive the clock.
    [[nodiscard]] std::unique_ptr<base::AgeClock> clock() const;
};

class ManualAgeClock final : public base::AgeClock {
public:
    explicit ManualAgeClock(const Machine& machine) : machine_(machine) {}
    base::ClockReading read() override { return machine_.now; }

private:
    const Machine& machine_;
};

inline std::unique_ptr<base::AgeClock> Machine::clock() const {
    return std::make_unique<ManualAgeClock>(*this);
}

}  // namespace muster::test

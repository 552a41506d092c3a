// SPDX-License-Identifier: Apache-2.0
// What a run asks of its devices, of whatever kind they are.
#pragma once

#include "base/clock.hpp"
#include "simulate/gate.hpp"

#include <muster/fleet/simulate.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace muster::fleet {

/// What a device says at its end, beside its account.
struct DeviceEnd {
    CodeCounts refusals;
    CodeCounts failed_attempts;
    CodeCounts lost_connections;
    std::optional<Error> last_error;
};

/// Threads: one, beside those that it starts and joins.
class SimulatedFleet {
public:
    virtual ~SimulatedFleet() = default;

    /// Starts the devices and feeds them, each when it is time, until the last reading or until `end` is open.
    virtual void begin(base::SteadyTime start, Gate& end) = 0;
    /// After `end` is open: waits until no device is given a reading any more.
    virtual void end_feeding() = 0;
    /// Takes the network away, once for each call: without silence connections end and none is let in, otherwise nothing gets through.
    virtual void cut(const std::vector<std::uint32_t>& devices, bool is_silent) = 0;
    virtual void restore(const std::vector<std::uint32_t>& devices, bool is_silent) = 0;
    virtual void restore_all() = 0;
    /// Waits until nothing waits anywhere, or until `is_over`, which is asked again and again.
    virtual void drain(const std::function<bool()>& is_over) = 0;
    /// Ends all devices; `patience` for each to say goodbye.
    virtual void stop(std::chrono::milliseconds patience) = 0;
    /// A snapshot of the devices as they run.
    virtual void add_to(SimulationInterval& interval) const = 0;
    /// After `stop`: a device's account, without what was observed.
    [[nodiscard]] virtual SimulationAccount account(std::uint32_t device) const = 0;
    [[nodiscard]] virtual DeviceEnd end_of(std::uint32_t device) const = 0;
};

}  // namespace muster::fleet

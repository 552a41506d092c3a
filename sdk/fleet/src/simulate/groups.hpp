// SPDX-License-Identifier: Apache-2.0
// Devices of a plan that are alike: its groups, or all of them where it has none.
#pragma once

#include <muster/fleet/simulate.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace muster::fleet {

/// Devices `first` to `first + count - 1` of the plan.
struct DeviceRange {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

/// What they have in common, wherever the plan says it. Views of the plan, which outlives it.
struct AlikeDevices {
    std::string_view name;  ///< Empty: the plan has no groups.
    DeviceRange range;
    SimulatedKind kind;
    const DeviceConfig& config;
    const std::vector<SimulatedSensor>& sensors;
    std::chrono::milliseconds start_spread;
    std::chrono::milliseconds clock_skew;
    bool has_outbox_files;
    std::string_view prefix;  ///< Of the observer; empty: there is none.
};

/// In the order of their devices; at least one.
[[nodiscard]] std::vector<AlikeDevices> alike_devices(const SimulationPlan& plan);

/// The devices of a group; without one all.
[[nodiscard]] DeviceRange range_of(const SimulationPlan& plan, std::optional<std::uint32_t> group);

/// The plan of one group alone, with the outages that concern it, and with draws that are no other group's.
[[nodiscard]] SimulationPlan plan_of_group(const SimulationPlan& plan, std::uint32_t group);

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// What happens to which devices, and when: a function of the plan.
#pragma once

#include <muster/fleet/simulate.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace muster::fleet {

enum class StepKind : std::uint8_t { cut, restore, appear, leave };

struct TimelineStep {
    std::chrono::nanoseconds at{0};
    StepKind kind = StepKind::cut;
    std::size_t event = 0;  ///< Of the plan's outages or rivals.
    std::vector<std::uint32_t> devices;
};

/// Which devices an event concerns, at its so-manieth time: the share, at least one, each once, ascending. Of a group, or of all.
[[nodiscard]] std::vector<std::uint32_t> chosen(const SimulationPlan& plan, std::uint64_t event, std::uint64_t occurrence, double share,
                                                std::optional<std::uint32_t> group = std::nullopt);

/// All steps that begin within the duration, by time; what was cut is restored before it is cut again, and at the end of the duration.
[[nodiscard]] std::vector<TimelineStep> timeline_of(const SimulationPlan& plan);

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// The fleet that a plan asks for: of full devices, of light ones, or of groups of both.
#pragma once

#include "simulate/simulated_fleet.hpp"

#include <memory>

namespace muster::fleet {

/// The plan outlives it. Fails as FullFleet::open and LightFleet::open do, naming the group.
[[nodiscard]] Result<std::unique_ptr<SimulatedFleet>> open_fleet(const SimulationPlan& plan);

}  // namespace muster::fleet

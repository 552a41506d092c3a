// SPDX-License-Identifier: Apache-2.0
// What flags of a connection say of the devices' configuration.
#pragma once

#include "simulate/options.hpp"

#include <muster/fleet/simulate.hpp>
#include <muster/result.hpp>

namespace muster::cli::simulate {

/// Goes before what the scenario says, in every group. Fails with Code::invalid_argument.
[[nodiscard]] Result<void> configure(const SimulateOptions& options, fleet::SimulationPlan& plan);

}  // namespace muster::cli::simulate

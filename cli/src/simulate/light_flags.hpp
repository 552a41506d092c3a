// SPDX-License-Identifier: Apache-2.0
// Flags that speak of light devices, and of which a full one knows nothing.
#pragma once

#include "simulate/options.hpp"

#include <muster/fleet/simulate.hpp>
#include <muster/result.hpp>

namespace muster::cli::simulate {

/// A scenario's plan, and what flags say of its light devices. Fails with Code::invalid_argument where a device is full, naming flag and
/// group: a fleet that obeys in part is not the one that was asked for.
[[nodiscard]] Result<void> set_light_flags(const SimulateOptions& options, fleet::SimulationPlan& plan);

}  // namespace muster::cli::simulate

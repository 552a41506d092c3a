// SPDX-License-Identifier: Apache-2.0
// --retries: whether a broker is there, before a fleet is.
#pragma once

#include "io.hpp"
#include "simulate/options.hpp"

#include <muster/fleet/simulate.hpp>
#include <muster/result.hpp>

namespace muster::cli::simulate {

/// Returns at once without --retries. Otherwise the first device is to be let in, and is tried again as `muster pub` tries. Fails with what
/// the last one failed with; Code::stopped if a signal came, which is left to StopSignals.
[[nodiscard]] Result<void> await_broker(const SimulateOptions& options, const fleet::SimulationPlan& plan, const Io& io);

}  // namespace muster::cli::simulate

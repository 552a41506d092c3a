// SPDX-License-Identifier: Apache-2.0
// `muster simulate`: a fleet from a scenario, and the account of its readings.
#pragma once

#include "io.hpp"
#include "simulate/options.hpp"

namespace muster::cli {

/// Exit::check_failed if a reading is unaccounted for or an assertion does not hold.
[[nodiscard]] Exit run_simulate(const simulate::SimulateOptions& options, Io& io);

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// The tables of a scenario that say what goes wrong, when, and for which of the plan's groups.
#pragma once

#include "config/toml_reader.hpp"

#include <muster/fleet/simulate.hpp>

namespace muster::cli::simulate {

/// `[[outage]]`, added to the plan.
void read_outage(TableReader& table, fleet::SimulationPlan& plan);

/// `[[storm]]`: an outage of all.
void read_storm(TableReader& table, fleet::SimulationPlan& plan);

/// `[[collision]]`: others that come again and again. `[[takeover]]`: others that come once.
void read_collision(TableReader& table, fleet::SimulationPlan& plan);
void read_takeover(TableReader& table, fleet::SimulationPlan& plan);

}  // namespace muster::cli::simulate

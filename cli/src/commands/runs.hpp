// SPDX-License-Identifier: Apache-2.0
// The lists of commands, each with the function that runs it.
#pragma once

#include "tree/runs.hpp"

namespace muster::cli {

/// Those that need the tree and the configuration only.
void add_light_runs(Runs& runs);

/// The others, which need the SDK, the broker or the fleet.
void add_heavy_runs(Runs& runs);

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// How many devices each group of a scenario has.
#pragma once

#include "simulate/scenario.hpp"

#include <cstdint>
#include <optional>

namespace muster::cli::simulate {

/// Settles how many devices the run has, `asked` if that is said, and gives each group of the plan its part of them: what it counts, its
/// share to the nearest device, but at least one, or what is left. What is wrong with that, at the place of the group that it is about.
[[nodiscard]] std::optional<TomlProblem> allot(Scenario& scenario, std::optional<std::uint32_t> asked);

}  // namespace muster::cli::simulate

// SPDX-License-Identifier: Apache-2.0
// A simulation's account as JSON, as figures by name, and for people.
#pragma once

#include "bench/figures.hpp"

#include <muster/fleet/simulate.hpp>

#include <nlohmann/json.hpp>

#include <ostream>
#include <vector>

namespace muster::cli::simulate {

/// Documented in docs/guide/simulate-a-fleet.md.
[[nodiscard]] nlohmann::json to_json(const fleet::SimulationPlan& plan, const fleet::SimulationResult& result);
[[nodiscard]] nlohmann::json to_json(const fleet::SimulationInterval& interval);

/// What assertions speak of; with groups also of each group's, as `pumps.waiting`.
[[nodiscard]] const std::vector<bench::FigureName>& figure_names();
[[nodiscard]] std::vector<bench::FigureName> figure_names(const fleet::SimulationPlan& plan);

/// `account` as `to_json` gives it.
void print_account(const nlohmann::json& account, std::ostream& out);

}  // namespace muster::cli::simulate

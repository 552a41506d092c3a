// SPDX-License-Identifier: Apache-2.0
// A bench's result as JSON, and its figures by name: what assertions and comparisons speak of.
#pragma once

#include <muster/fleet/bench.hpp>

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace muster::cli::bench {

/// Documented in docs/guide/load-a-broker.md; times in ms, rates a second.
[[nodiscard]] nlohmann::json to_json(const fleet::BenchPlan& plan, const fleet::BenchResult& result);
[[nodiscard]] nlohmann::json to_json(const fleet::BenchInterval& interval);

enum class Unit : std::uint8_t { count, milliseconds, per_second };

/// What a figure is called and where in the JSON it is.
struct FigureName {
    std::string name;
    std::string pointer;
    Unit unit = Unit::count;
};

/// All of them, in the order in which they are told.
[[nodiscard]] const std::vector<FigureName>& figure_names();
[[nodiscard]] const FigureName* find_figure(const std::string& name);

/// What was measured, of a result as `to_json` gives it; what was not is left out.
[[nodiscard]] std::map<std::string, double> figures_of(const nlohmann::json& result);

}  // namespace muster::cli::bench

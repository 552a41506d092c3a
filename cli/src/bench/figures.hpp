// SPDX-License-Identifier: Apache-2.0
// A bench's result as JSON, and its figures by name: what assertions and comparisons speak of.
#pragma once

#include <muster/fleet/bench.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace muster::cli::bench {

/// Documented in docs/guide/load-a-broker.md; times in ms, rates a second.
[[nodiscard]] nlohmann::json to_json(const fleet::BenchPlan& plan, const fleet::BenchResult& result, std::size_t payload_bytes);
[[nodiscard]] nlohmann::json to_json(const fleet::BenchInterval& interval);

enum class Unit : std::uint8_t { count, milliseconds, per_second };

/// "ms", "/s"; empty of a count.
[[nodiscard]] const char* name_of(Unit unit);

/// What a figure is called and where in the JSON it is.
struct FigureName {
    std::string name;
    std::string pointer;
    Unit unit = Unit::count;
};

/// All of them, in the order in which they are told.
[[nodiscard]] const std::vector<FigureName>& figure_names();

/// What was measured, of a result as `to_json` gives it; what was not is left out.
[[nodiscard]] std::map<std::string, double> figures_of(const nlohmann::json& result);
/// The same of figures of another kind of run.
[[nodiscard]] std::map<std::string, double> figures_of(const nlohmann::json& result, const std::vector<FigureName>& names);

}  // namespace muster::cli::bench

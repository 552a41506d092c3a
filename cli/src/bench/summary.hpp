// SPDX-License-Identifier: Apache-2.0
// A bench's result for people: figures in lines, with what each means.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <ostream>
#include <string>

namespace muster::cli::bench {

/// `result` as `to_json` gives it. `before`: the figures of an older result, whose ratios stand beside the new ones; empty: none.
void print_summary(const nlohmann::json& result, const std::map<std::string, double>& before, std::ostream& out);

/// A number with as many digits as are of use: 0.123, 1.23, 12.3, 1 234.
[[nodiscard]] std::string number_text(double value);

/// What each group of figures means, one line each.
[[nodiscard]] std::string definitions();

}  // namespace muster::cli::bench

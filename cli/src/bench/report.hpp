// SPDX-License-Identifier: Apache-2.0
// A bench's result as one page that needs nothing else.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace muster::cli::bench {

/// `result` as `to_json` gives it, with its assertions and, if there are any, ratios.
[[nodiscard]] std::string html_report(const nlohmann::json& result);

}  // namespace muster::cli::bench

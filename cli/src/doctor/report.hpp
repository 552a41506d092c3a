// SPDX-License-Identifier: Apache-2.0
// Reports as lines for people and as records for programs.
#pragma once

#include "doctor/check.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace muster::cli::doctor {

struct LineStyle {
    std::size_t width = 0;       ///< 0: as wide as it takes.
    std::size_t name_width = 0;  ///< Of the widest check's name.
    bool has_unicode = false;
    bool is_coloured = false;
};

/// Whether the environment's locale is one of UTF-8.
[[nodiscard]] bool speaks_utf8();

/// One report, a mark in front; what does not fit follows on lines that are indented. Ends with a newline.
[[nodiscard]] std::string lines_of(const Report& report, const LineStyle& style);

[[nodiscard]] nlohmann::json to_json(const Report& report);

/// "2 problems, 1 warning": how many have failed, and how many are not as they should be.
[[nodiscard]] std::string count_of(const std::vector<Report>& reports);
[[nodiscard]] bool has_failed(const std::vector<Report>& reports);

}  // namespace muster::cli::doctor

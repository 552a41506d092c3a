// SPDX-License-Identifier: Apache-2.0
// The scenarios that come with the program, to run as they are or to copy and edit.
#pragma once

#include <string_view>
#include <vector>

namespace muster::cli::simulate {

struct BuiltinScenario {
    std::string_view name;
    std::string_view description;
    std::string_view text;
};

/// By name.
[[nodiscard]] const std::vector<BuiltinScenario>& builtin_scenarios();

/// Null: there is none of that name.
[[nodiscard]] const BuiltinScenario* find_builtin(std::string_view name);

}  // namespace muster::cli::simulate

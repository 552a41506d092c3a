// SPDX-License-Identifier: Apache-2.0
// JSON values as YAML.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace muster::cli {

/// In block style, read back by YAML 1.1 and 1.2 as the same values: what could be taken for another type is quoted.
[[nodiscard]] std::string to_yaml(const nlohmann::json& value);

}  // namespace muster::cli

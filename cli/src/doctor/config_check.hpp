// SPDX-License-Identifier: Apache-2.0
// The check of the configuration: whether it can be read, and where each value comes from.
#pragma once

#include "doctor/check.hpp"

#include <muster/result.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli::doctor {

/// A value that is not on the command line alone.
struct ConfiguredValue {
    std::string key;
    std::string value;
    std::string source;  ///< "flag", "env", "context".
    std::string where;   ///< The flag, the variable, or the context with the place in its file.
};

struct ConfigFacts {
    std::vector<std::filesystem::path> files;  ///< Those that are read, if they are there.
    std::string context;                       ///< Empty: none is in use.
    std::vector<ConfiguredValue> values;
    std::vector<std::string> strange;  ///< Variables MUSTER_* that are nobody's, and what may be meant: `A (B?)`.
    std::optional<Error> problem;
};

[[nodiscard]] Finding check_config(const ConfigFacts& facts);

}  // namespace muster::cli::doctor

// SPDX-License-Identifier: Apache-2.0
// The configuration files of one invocation, and the context that is in use.
#pragma once

#include "config/config.hpp"
#include "tree/command.hpp"

#include <muster/result.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace muster::cli {

struct Settings {
    ConfigFiles files;
    Config config;
    const Context* context = nullptr;  ///< Of `config`; none is in use otherwise.
    std::optional<Error> problem;      ///< What is wrong with them, where the command is to tell.
};

/// Every key that a context may have: the long names of the flags, those apart that say which configuration it is.
[[nodiscard]] std::set<std::string> known_keys(const Command& root);

/// Whether a flag can come from a context.
[[nodiscard]] bool has_key(const Option& option);

}  // namespace muster::cli

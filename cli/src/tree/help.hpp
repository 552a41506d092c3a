// SPDX-License-Identifier: Apache-2.0
// A command's help, from its description.
#pragma once

#include "tree/command.hpp"

#include <cstddef>
#include <string>

namespace muster::cli {

/// At most `width` columns, as far as words let.
[[nodiscard]] std::string help_of(const Command& command, std::size_t width);

}  // namespace muster::cli

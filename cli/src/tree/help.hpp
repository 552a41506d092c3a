// SPDX-License-Identifier: Apache-2.0
// A command's help, from its description.
#pragma once

#include "tree/resolution.hpp"

#include <cstddef>
#include <string>

namespace muster::cli {

/// At most `width` columns, as far as words let. A value that `resolution`, which may be null, has from the environment or a context stands
/// for the default.
[[nodiscard]] std::string help_of(const Command& command, std::size_t width, const Resolution* resolution);

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// What both programs do with a command line: streams in, exit code out.
#pragma once

#include "tree/tree.hpp"

namespace muster::cli {

/// For main(), which returns what it returns.
[[nodiscard]] int run_program(int argc, const char* const* argv, const Abilities& abilities);

}  // namespace muster::cli

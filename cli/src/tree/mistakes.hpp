// SPDX-License-Identifier: Apache-2.0
// What is said of words that belong to nothing.
#pragma once

#include "tree/parser.hpp"

namespace muster::cli {

/// With what may have been meant. There must be a stray word.
[[nodiscard]] Error explain_stray(const Parsed& parsed);

}  // namespace muster::cli

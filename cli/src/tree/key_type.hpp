// SPDX-License-Identifier: Apache-2.0
// The flags that say which type of key is made.
#pragma once

#include "commands/key_type.hpp"
#include "tree/command.hpp"

namespace muster::cli {

/// --type, --curve and --bits; `what` is the help of --type.
void add_key_type(Command& command, KeyTypeOptions& options, const char* what);

}  // namespace muster::cli

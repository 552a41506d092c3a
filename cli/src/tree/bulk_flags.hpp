// SPDX-License-Identifier: Apache-2.0
// The flags that all commands over a list of devices share.
#pragma once

#include "bulk/list_run.hpp"
#include "tree/command.hpp"

namespace muster::cli {

/// What says that there is a list at all: `-f`. Returned, so that it can be required.
Option& add_list_flag(Command& command, bulk::ListRunOptions& options);
/// How the list is read, gone through and reported.
void add_bulk_flags(Command& command, bulk::ListRunOptions& options);

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// The commands that only look at keys, requests and certificates.
#pragma once

#include "tree/tree.hpp"

namespace muster::cli {

void add_inspection_commands(Command& key, Command& csr, Command& cert);

}  // namespace muster::cli

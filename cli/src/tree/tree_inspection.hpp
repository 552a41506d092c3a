// SPDX-License-Identifier: Apache-2.0
// The commands that only look at keys, requests and certificates.
#pragma once

#include "tree/tree.hpp"

namespace muster::cli {

void add_inspection_commands(CLI::App& key, CLI::App& csr, CLI::App& cert, Chosen& chosen);

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// What of a load's secrets a person types.
#pragma once

#include "bench/options.hpp"
#include "io.hpp"

namespace muster::cli::bench {

/// Asks for the password or PIN of --key, if it needs one and no file has given it. Fails with Code::denied without a terminal, and a hint
/// which flag to give.
[[nodiscard]] Result<void> ask_secrets(const BenchOptions& options, fleet::BenchPlan& plan, Io& io);

}  // namespace muster::cli::bench

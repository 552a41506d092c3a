// SPDX-License-Identifier: Apache-2.0
// What of a load's secrets a person types.
#pragma once

#include "bench/options.hpp"
#include "io.hpp"

namespace muster::cli::bench {

/// Fails with Code::invalid_argument if -P cannot be meant.
[[nodiscard]] Result<void> check_questions(const BenchOptions& options);

/// Asks for the clients' password if -P wants it, and for the password or PIN of --key if it needs one and no file has given it. Fails
/// without a terminal, and a hint which flag to give, with Code::invalid_argument of the one and Code::denied of the other.
[[nodiscard]] Result<void> ask_secrets(const BenchOptions& options, fleet::BenchPlan& plan, Io& io);

}  // namespace muster::cli::bench

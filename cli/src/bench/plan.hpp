// SPDX-License-Identifier: Apache-2.0
// From the flags of `muster bench` to a plan.
#pragma once

#include "bench/options.hpp"

#include <istream>

namespace muster::cli::bench {

/// Reads the files that the flags name. Fails with Code::invalid_argument, Code::not_found, Code::unsafe_file, naming the flag or the file.
[[nodiscard]] Result<fleet::BenchPlan> plan_of(const BenchOptions& options, std::istream& in);

}  // namespace muster::cli::bench

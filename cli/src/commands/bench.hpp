// SPDX-License-Identifier: Apache-2.0
// `muster bench`: six kinds of load, one way to run them.
#pragma once

#include "bench/options.hpp"
#include "io.hpp"

namespace muster::cli {

/// Exit::check_failed if an assertion does not hold, Exit::partial if clients did not connect.
[[nodiscard]] Exit run_bench(const bench::BenchOptions& options, Io& io);

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// From what the workers measured to what is told.
#pragma once

#include "bench/worker.hpp"

#include <muster/fleet/bench.hpp>

#include <memory>
#include <vector>

namespace muster::fleet {

[[nodiscard]] BenchTimes times_of(const Histogram& histogram);

/// How long until that share of the clients, the longest last, had come back; -1 ns if fewer have.
[[nodiscard]] std::chrono::nanoseconds recovery(const std::vector<std::chrono::nanoseconds>& ascending, std::uint64_t clients,
                                                double percent);

/// After the workers have ended. `tally` is of before their connections were closed.
void summarise(const BenchTally& tally, const BenchSetup& setup, const std::vector<std::unique_ptr<BenchWorker>>& workers,
               BenchResult& result);

}  // namespace muster::fleet

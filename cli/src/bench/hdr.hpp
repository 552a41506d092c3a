// SPDX-License-Identifier: Apache-2.0
// The file of `--hdr-out`.
#pragma once

#include <muster/fleet/bench.hpp>

#include <string>

namespace muster::cli::bench {

/// A distribution in ms as HdrHistogram prints it (outputPercentileDistribution): five lines for each halving of the distance to 100 %.
[[nodiscard]] std::string hdr_distribution(const fleet::BenchTimes& times);

}  // namespace muster::cli::bench

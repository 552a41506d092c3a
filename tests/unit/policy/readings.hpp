// SPDX-License-Identifier: Apache-2.0
// Readings and moments for the tests of what becomes of readings.
#pragma once

#include "base/clock.hpp"

#include <muster/reading.hpp>
#include <muster/status.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace muster::test {

/// So many milliseconds after the test's beginning.
[[nodiscard]] inline base::SteadyTime at(std::int64_t ms) {
    return base::SteadyTime(std::chrono::hours(1) + std::chrono::milliseconds(ms));
}

/// The reading of that moment of the wall clock, in ms.
[[nodiscard]] inline Reading reading(std::uint64_t sequence, std::vector<std::pair<std::string, double>> values, std::int64_t ms = 0) {
    return {std::chrono::system_clock::time_point(std::chrono::milliseconds(ms)), sequence, std::move(values)};
}

[[nodiscard]] inline bool holds(const ReadingCounts& counts) {
    return counts.taken == counts.stored + counts.unchanged + counts.thinned + counts.merged + counts.refused + counts.held;
}

}  // namespace muster::test

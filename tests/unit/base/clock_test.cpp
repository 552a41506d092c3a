// SPDX-License-Identifier: Apache-2.0
// The machine's clocks are the ones they are taken for.
#include "base/clock.hpp"

#include <catch2/catch.hpp>

namespace muster::base {
namespace {

TEST_CASE("the system clock hands out the steady and the wall clock") {
    const SystemClock clock;
    const auto steady_before = std::chrono::steady_clock::now();
    const auto wall_before = std::chrono::system_clock::now();
    const auto steady = clock.now();
    const auto wall = clock.wall_now();
    CHECK((steady >= steady_before && steady <= std::chrono::steady_clock::now()));
    // The wall clock may be set while the test runs, but hardly by a minute.
    CHECK((wall - wall_before < std::chrono::minutes(1) && wall_before - wall < std::chrono::minutes(1)));
}

}  // namespace
}  // namespace muster::base

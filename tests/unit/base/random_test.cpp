// SPDX-License-Identifier: Apache-2.0
// Draws are even, within bounds, and different each time.
#include "base/random.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>

namespace muster::base {
namespace {

TEST_CASE("the system's random numbers do not repeat") {
    SystemRandom one;
    SystemRandom other;
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1'000; ++i) {
        seen.insert(one.next());
        seen.insert(other.next());
    }
    CHECK(seen.size() == 2'000);
}

TEST_CASE("a draw stays within its bound and reaches both ends") {
    test::SeededRandom random(3);
    std::array<int, 5> counts{};
    for (int i = 0; i < 5'000; ++i) {
        const auto draw = draw_up_to(random, 4);
        REQUIRE(draw <= 4);
        ++counts[static_cast<std::size_t>(draw)];
    }
    for (const int count : counts) CHECK(count > 800);
    CHECK(draw_up_to(random, 0) == 0);
    static_cast<void>(draw_up_to(random, UINT64_MAX));
}

}  // namespace
}  // namespace muster::base

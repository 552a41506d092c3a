// SPDX-License-Identifier: Apache-2.0
// Clients that were cut off come back by the SDK's rule.
#include "bench/comeback.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

TEST_CASE("first attempts are spread evenly") {
    SeededRandom random(1);
    const BenchReturn rule{true, 10s, 1s, 8s};
    std::array<int, 10> tenths{};
    for (int i = 0; i < 10'000; ++i) {
        const auto delay = Comeback().first_delay(rule, random);
        REQUIRE(delay <= 10s);
        ++tenths.at(static_cast<std::size_t>(std::min<std::int64_t>(delay / 1s, 9)));
    }
    for (const int count : tenths) CHECK(count > 800);
}

TEST_CASE("delays grow by half up to the cap, and are drawn from the upper half") {
    SeededRandom random(2);
    const BenchReturn rule{true, 10s, 4s, 8s};
    Comeback comeback;
    for (const auto ceiling : {4'000ms, 6'000ms, 8'000ms, 8'000ms}) {
        const auto delay = comeback.delay_after(Code::unreachable, rule, random);
        CHECK(delay >= ceiling / 2);
        CHECK(delay <= ceiling);
    }
}

TEST_CASE("who was not answered keeps away for longer") {
    SeededRandom random(3);
    const BenchReturn rule{false, 10s, 1s, 10s};
    Comeback comeback;
    CHECK(comeback.delay_after(Code::timeout, rule, random) == 16s);
    CHECK(comeback.delay_after(Code::timeout, rule, random) == 30s);
    CHECK(comeback.delay_after(Code::unreachable, rule, random) == 1s);
}

TEST_CASE("without jitter all wait the same, and begin at once") {
    SeededRandom random(4);
    const BenchReturn rule{false, 10s, 4s, 8s};
    Comeback comeback;
    CHECK(comeback.first_delay(rule, random) == 0ms);
    CHECK(comeback.delay_after(Code::unreachable, rule, random) == 4s);
    CHECK(comeback.delay_after(Code::unreachable, rule, random) == 6s);
    CHECK(comeback.first_delay(rule, random) == 0ms);
    CHECK(comeback.delay_after(Code::unreachable, rule, random) == 4s);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// When the next attempt is made, and at which endpoint.
#include "session/reconnect_plan.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace muster::test {
namespace {

using session::ReconnectPlan;
using std::chrono::milliseconds;

constexpr milliseconds none{0};

BackoffConfig backoff() {
    BackoffConfig config;
    config.base = milliseconds(1'000);
    config.cap = milliseconds(8'000);
    config.refused_floor = milliseconds(30'000);
    config.min_stable = milliseconds(60'000);
    return config;
}

}  // namespace

TEST_CASE("the ceiling doubles with every failure up to the cap, and the draw fills it") {
    const std::vector<milliseconds> ceilings{milliseconds(1'000), milliseconds(2'000), milliseconds(4'000), milliseconds(8'000),
                                             milliseconds(8'000)};
    std::vector<milliseconds> largest(ceilings.size(), none);
    std::vector<milliseconds> smallest(ceilings.size(), milliseconds(1'000'000));
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        SeededRandom random(seed);
        ReconnectPlan plan(backoff(), 1, random);
        for (std::size_t i = 0; i < ceilings.size(); ++i) {
            const auto delay = plan.delay_after(Code::unreachable, none);
            REQUIRE(delay <= ceilings[i]);
            largest[i] = std::max(largest[i], delay);
            smallest[i] = std::min(smallest[i], delay);
        }
    }
    for (std::size_t i = 0; i < ceilings.size(); ++i) {
        CHECK(largest[i] > ceilings[i] * 95 / 100);
        CHECK(smallest[i] < ceilings[i] * 5 / 100);
    }
}

TEST_CASE("ten thousand devices that lose the same broker do not come back in step") {
    std::vector<int> per_100_ms(81, 0);
    for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
        SeededRandom random(seed);
        ReconnectPlan plan(backoff(), 1, random);
        for (int i = 0; i < 3; ++i) static_cast<void>(plan.delay_after(Code::unreachable, none));
        ++per_100_ms[static_cast<std::size_t>(plan.delay_after(Code::unreachable, none) / milliseconds(100))];
    }
    CHECK(*std::max_element(per_100_ms.begin(), per_100_ms.end()) < 3 * 10'000 / 80);
}

TEST_CASE("the delay starts over only after a connection that was stable") {
    SeededRandom random(1);
    ReconnectPlan plan(backoff(), 1, random);
    for (int i = 0; i < 3; ++i) static_cast<void>(plan.delay_after(Code::unreachable, none));
    static_cast<void>(plan.delay_after(Code::unreachable, milliseconds(59'999)));
    CHECK(plan.attempt() == 4);
    static_cast<void>(plan.delay_after(Code::unreachable, milliseconds(60'000)));
    CHECK(plan.attempt() == 1);
}

TEST_CASE("a refusal waits at least the floor, spread above it") {
    for (const auto code : {Code::denied, Code::tls, Code::expired, Code::rejected, Code::taken_over}) {
        SeededRandom random(7);
        ReconnectPlan plan(backoff(), 1, random);
        const auto first = plan.delay_after(code, none);
        const auto second = plan.delay_after(code, none);
        CHECK(first >= milliseconds(30'000));
        CHECK(second >= milliseconds(30'000));
        CHECK(first != second);
    }
}

TEST_CASE("the hold-off after a takeover doubles up to the cap, and starts over after a stable connection that ended otherwise") {
    const milliseconds stable(100'000);
    std::vector<milliseconds> largest(4, none);
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        SeededRandom random(seed);
        auto config = backoff();
        config.cap = milliseconds(120'000);
        ReconnectPlan plan(config, 1, random);
        for (auto& most : largest) most = std::max(most, plan.delay_after(Code::taken_over, stable));
        static_cast<void>(plan.delay_after(Code::unreachable, none));
        CHECK(plan.delay_after(Code::taken_over, none) <= milliseconds(150'000));
        static_cast<void>(plan.delay_after(Code::unreachable, stable));
        CHECK(plan.delay_after(Code::taken_over, stable) <= milliseconds(60'000));
    }
    const std::vector<milliseconds> ceilings{milliseconds(60'000), milliseconds(90'000), milliseconds(150'000), milliseconds(150'000)};
    for (std::size_t i = 0; i < ceilings.size(); ++i) {
        CHECK(largest[i] <= ceilings[i]);
        CHECK(largest[i] > ceilings[i] * 95 / 100);
    }
}

TEST_CASE("a failed endpoint gives way to the next, a lost stable one is tried again first") {
    SeededRandom random(1);
    ReconnectPlan plan(backoff(), 3, random);
    CHECK(plan.endpoint() == 0);
    static_cast<void>(plan.delay_after(Code::unreachable, none));
    CHECK(plan.endpoint() == 1);
    static_cast<void>(plan.delay_after(Code::unreachable, milliseconds(100'000)));
    CHECK(plan.endpoint() == 1);
    static_cast<void>(plan.delay_after(Code::timeout, none));
    static_cast<void>(plan.delay_after(Code::timeout, none));
    CHECK(plan.endpoint() == 0);
}

TEST_CASE("a connection that the broker ends at once does not loop without delay") {
    SeededRandom random(3);
    ReconnectPlan plan(backoff(), 1, random);
    milliseconds total{0};
    for (int i = 0; i < 20; ++i) total += plan.delay_after(Code::unreachable, milliseconds(1));
    CHECK(total > milliseconds(30'000));
}

}  // namespace muster::test

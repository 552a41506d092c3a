// SPDX-License-Identifier: Apache-2.0
// A fleet that lost its broker must not come back all at once.
#include "base/backoff.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace muster::base {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// Draws the same bits each time.
class ConstantRandom final : public Random {
public:
    explicit ConstantRandom(std::uint64_t value) : value_(value) {}
    std::uint64_t next() override { return value_; }

private:
    std::uint64_t value_;
};

TEST_CASE("the ceiling of a delay doubles with each attempt up to the cap") {
    struct Row {
        std::uint32_t attempt;
        BackoffLimits limits;
        milliseconds ceiling;
    };
    const auto longest = milliseconds::max();
    const Row rows[] = {
        {0, {1s, 120s}, 1s},    {1, {1s, 120s}, 2s},
        {6, {1s, 120s}, 64s},   {7, {1s, 120s}, 120s},
        {8, {1s, 120s}, 120s},  {63, {1s, 120s}, 120s},
        {64, {1s, 120s}, 120s}, {std::numeric_limits<std::uint32_t>::max(), {1s, 120s}, 120s},
        {0, {5s, 3s}, 3s},      {std::numeric_limits<std::uint32_t>::max(), {1ms, longest}, longest},
    };
    for (const auto& row : rows) {
        CAPTURE(row.attempt);
        test::SeededRandom random(row.attempt);
        for (int i = 0; i < 1'000; ++i) {
            const auto delay = backoff_delay(row.attempt, row.limits, random);
            REQUIRE(delay >= 0ms);
            REQUIRE(delay <= row.ceiling);
        }
        // Both ends can be drawn.
        ConstantRandom lowest(0);
        ConstantRandom highest(static_cast<std::uint64_t>(row.ceiling.count()));
        CHECK(backoff_delay(row.attempt, row.limits, lowest) == 0ms);
        CHECK(backoff_delay(row.attempt, row.limits, highest) == row.ceiling);
    }
}

TEST_CASE("a ceiling grows by its ratio up to the cap, and never overflows") {
    struct Row {
        std::uint32_t attempt;
        Growth growth;
        milliseconds ceiling;
    };
    const auto longest = milliseconds::max();
    const Row rows[] = {
        {0, {10s, 60s, 3, 2}, 10s},
        {1, {10s, 60s, 3, 2}, 15s},
        {4, {10s, 60s, 3, 2}, 50'625ms},
        {5, {10s, 60s, 3, 2}, 60s},
        {2, {10s, 1800s, 4, 1}, 160s},
        {0, {100s, 60s, 4, 1}, 60s},
        {std::numeric_limits<std::uint32_t>::max(), {0ms, 60s, 4, 1}, 0ms},
        {std::numeric_limits<std::uint32_t>::max(), {1ms, longest, 3, 1}, longest},
        {std::numeric_limits<std::uint32_t>::max(), {1ms, 60s, 3, 2}, 1ms},  // Half of a millisecond is none.
    };
    for (const auto& row : rows) {
        CAPTURE(row.attempt, row.growth.base.count());
        CHECK(grown(row.attempt, row.growth) == row.ceiling);
    }
}

TEST_CASE("equal jitter draws the upper half") {
    ConstantRandom lowest(0);
    ConstantRandom highest(5'000);
    CHECK(equal_jitter(10s, lowest) == 10s);
    CHECK(equal_jitter(10s, highest) == 5s);
    CHECK(equal_jitter(0ms, highest) == 0ms);
}

TEST_CASE("a base of zero waits not at all and ends") {
    test::SeededRandom random(1);
    CHECK(backoff_delay(1'000'000, {0ms, 30s}, random) == 0ms);
}

TEST_CASE("ten thousand devices spread over the whole interval") {
    constexpr std::size_t devices = 10'000;
    constexpr auto interval = 30'000ms;
    std::array<std::size_t, 300> buckets{};
    SystemRandom random;  // As in the field: every device draws for itself.
    for (std::size_t i = 0; i < devices; ++i) {
        const auto delay = backoff_delay(20, {1s, interval}, random);
        ++buckets[std::min<std::size_t>(static_cast<std::size_t>(delay.count() / 100), buckets.size() - 1)];
    }
    // An even share is 33. Three times as many in any bucket of 100 ms has a chance below 1e-15.
    CHECK(*std::max_element(buckets.begin(), buckets.end()) <= 3 * devices / buckets.size());
    CHECK(*std::min_element(buckets.begin(), buckets.end()) > 0);
}

}  // namespace
}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// How many of one topic's readings go on, in virtual time.
#include "policy/rate_limiter.hpp"

#include "readings.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <deque>
#include <limits>

namespace muster::policy {
namespace {

using std::chrono::milliseconds;
using test::at;
using test::reading;

using Values = std::vector<std::pair<std::string, double>>;

TEST_CASE("the first reading goes at once, and of those behind it the latest when a token is there") {
    const RatePolicy policy{milliseconds(1'000), 1, Keep::latest};
    RateLimiter limiter(policy);
    ReadingCounts counts;
    CHECK(limiter.add(reading(1, {}), at(0), counts)->sequence == 1);
    CHECK_FALSE(limiter.next_deadline());
    CHECK_FALSE(limiter.add(reading(2, {}), at(300), counts));
    CHECK_FALSE(limiter.add(reading(3, {}), at(600), counts));
    CHECK(counts.thinned == 1);
    CHECK(counts.held == 1);
    CHECK(limiter.next_deadline() == at(1'000));
    CHECK_FALSE(limiter.expire(at(999), counts));
    CHECK(limiter.expire(at(1'000), counts)->sequence == 3);
    CHECK(counts.held == 0);
    CHECK_FALSE(limiter.expire(at(9'000), counts));
    CHECK(limiter.add(reading(4, {}), at(9'000), counts)->sequence == 4);
}

TEST_CASE("after a quiet time a burst goes at once, and no larger one however long it was quiet") {
    const RatePolicy policy{milliseconds(100), 3, Keep::latest};
    RateLimiter limiter(policy);
    ReadingCounts counts;
    for (const std::int64_t start : {0, 100'000}) {
        for (std::uint64_t i = 0; i < 3; ++i) CHECK(limiter.add(reading(i, {}), at(start), counts));
        CHECK_FALSE(limiter.add(reading(3, {}), at(start), counts));
        CHECK(limiter.next_deadline() == at(start + 100));
        CHECK(limiter.expire(at(start + 100), counts)->sequence == 3);
    }
}

TEST_CASE("a window's reading has its values, and the time and sequence of the last") {
    const auto [keep, expected] = GENERATE(
        table<Keep, Values>({{Keep::min, {{"a", -2}, {"b", 5}}},
                             {Keep::max, {{"a", 6}, {"b", 5}}},
                             {Keep::mean, {{"a", 2}, {"b", 5}}},
                             {Keep::summary, {{"a.min", -2}, {"a.max", 6}, {"a.mean", 2}, {"b.min", 5}, {"b.max", 5}, {"b.mean", 5}}}}));
    const RatePolicy policy{milliseconds(1'000), 1, keep};
    RateLimiter limiter(policy);
    ReadingCounts counts;
    CHECK_FALSE(limiter.add(reading(1, {{"a", 6}}, 10), at(0), counts));
    CHECK_FALSE(limiter.add(reading(2, {{"a", -2}, {"b", 5}}, 20), at(400), counts));
    CHECK_FALSE(limiter.add(reading(3, {{"a", 2}}, 30), at(999), counts));
    CHECK(counts.held == 3);
    CHECK(limiter.next_deadline() == at(1'000));
    // The next reading closes the window if nobody did.
    const auto closed = limiter.add(reading(4, {{"a", 1}}, 40), at(1'500), counts);
    REQUIRE(closed);
    CHECK(closed->values == expected);
    CHECK(closed->sequence == 3);
    CHECK(closed->time.time_since_epoch() == milliseconds(30));
    CHECK(counts.merged == 2);
    CHECK(counts.held == 1);
    CHECK(limiter.next_deadline() == at(2'500));
}

TEST_CASE("what is not finite has no part in a window, unless there is nothing else") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinite = std::numeric_limits<double>::infinity();
    const RatePolicy policy{milliseconds(1'000), 1, Keep::summary};
    RateLimiter limiter(policy);
    ReadingCounts counts;
    limiter.add(reading(1, {{"a", nan}, {"b", infinite}}), at(0), counts);
    limiter.add(reading(2, {{"a", 3}, {"b", nan}}), at(1), counts);
    const auto closed = limiter.expire(at(1'000), counts);
    REQUIRE(closed);
    for (int i = 0; i < 3; ++i) CHECK(closed->values[static_cast<std::size_t>(i)].second == 3);
    for (int i = 3; i < 6; ++i) CHECK(std::isnan(closed->values[static_cast<std::size_t>(i)].second));
}

TEST_CASE("the mean of a value that stays is that value, and the largest doubles do not overflow") {
    const RatePolicy policy{milliseconds(1'000), 1, Keep::mean};
    RateLimiter limiter(policy);
    ReadingCounts counts;
    const double largest = std::numeric_limits<double>::max();
    for (std::uint64_t i = 0; i < 1'000; ++i) limiter.add(reading(i, {{"a", 0.1}, {"b", i % 2 == 0 ? largest : -largest}}), at(0), counts);
    const auto closed = limiter.flush(at(1), counts);
    REQUIRE(closed);
    CHECK(closed->values[0].second == 0.1);
    CHECK(std::isfinite(closed->values[1].second));
}

TEST_CASE("whatever comes, no more goes than the bucket has, the latest is not lost, and nothing is uncounted") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        test::SeededRandom random(seed);
        const Keep keep = random.next() % 3 == 0 ? Keep::mean : Keep::latest;
        const RatePolicy policy{milliseconds(1 + random.next() % 500),
                                keep == Keep::latest ? 1 + static_cast<std::uint32_t>(random.next() % 5) : 1, keep};
        RateLimiter limiter(policy);
        ReadingCounts counts;
        std::deque<std::int64_t> sent;
        std::int64_t now = 0;
        const auto note = [&](const std::optional<Reading>& out, std::uint64_t latest) {
            if (!out) return;
            ++counts.stored;
            sent.push_back(now);
            CHECK(out->sequence <= latest);
            // Of any burst + n sends the first and the last are n intervals apart.
            if (sent.size() <= policy.burst) return;
            REQUIRE(sent.back() - sent.front() >= policy.interval.count());
            sent.pop_front();
        };
        std::uint64_t sequence = 0;
        for (int step = 0; step < 400; ++step) {
            now += static_cast<std::int64_t>(random.next() % 3 == 0 ? random.next() % 1'000 : random.next() % 20);
            if (random.next() % 4 == 0) {
                const auto deadline = limiter.next_deadline();
                const bool is_due = deadline && *deadline <= at(now);
                const auto out = limiter.expire(at(now), counts);
                REQUIRE(out.has_value() == is_due);
                note(out, sequence);
                continue;
            }
            ++counts.taken;
            const auto out = limiter.add(reading(++sequence, {{"a", 1}}), at(now), counts);
            note(out, sequence);
            // Of Keep::latest, what is held is never older than what went.
            if (out && keep == Keep::latest) REQUIRE(out->sequence == sequence);
            REQUIRE(test::holds(counts));
        }
        if (limiter.next_deadline()) {
            now = 1'000'000;
            const auto last = limiter.expire(at(now), counts);
            REQUIRE(last);
            CHECK(last->sequence == sequence);
            ++counts.stored;
        }
        CHECK(counts.held == 0);
        REQUIRE(test::holds(counts));
    }
}

}  // namespace
}  // namespace muster::policy

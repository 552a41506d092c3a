// SPDX-License-Identifier: Apache-2.0
// Which values of one topic's readings are sent, in virtual time.
#include "policy/delta_filter.hpp"

#include "readings.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <map>

namespace muster::policy {
namespace {

using std::chrono::milliseconds;
using test::at;
using test::reading;

using Values = std::vector<std::pair<std::string, double>>;

DeltaPolicy with_band(double absolute, double relative = 0) {
    DeltaPolicy policy;
    policy.band = {absolute, relative};
    return policy;
}

TEST_CASE("only what left its band is sent, measured from what was sent") {
    const DeltaPolicy policy = with_band(1);
    DeltaFilter filter(policy);
    ReadingCounts counts;
    const auto first = filter.add(reading(1, {{"a", 20}, {"b", 5}}), at(0), counts);
    REQUIRE(first);
    CHECK_FALSE(first->is_partial);
    // A drift in steps that are each within the band.
    CHECK_FALSE(filter.add(reading(2, {{"a", 20.5}, {"b", 5}}), at(1), counts));
    CHECK_FALSE(filter.add(reading(3, {{"a", 21}, {"b", 5}}), at(2), counts));
    const auto drifted = filter.add(reading(4, {{"a", 21.5}, {"b", 5}}), at(3), counts);
    REQUIRE(drifted);
    CHECK(drifted->is_partial);
    CHECK(drifted->values == Values{{"a", 21.5}});
    CHECK(drifted->sequence == 4);
    CHECK(counts.unchanged == 2);
}

TEST_CASE("the larger band of absolute and relative counts, and a name may have its own") {
    DeltaPolicy policy = with_band(0.5, 0.1);
    policy.bands = {{"exact", {0, 0}}};
    DeltaFilter filter(policy);
    ReadingCounts counts;
    REQUIRE(filter.add(reading(1, {{"small", 1}, {"large", -100}, {"exact", 3}}), at(0), counts));
    CHECK_FALSE(filter.add(reading(2, {{"small", 1.5}, {"large", -110}, {"exact", 3}}), at(1), counts));
    CHECK(filter.add(reading(3, {{"small", 1.51}, {"large", -110}, {"exact", 3}}), at(1), counts)->values == Values{{"small", 1.51}});
    CHECK(filter.add(reading(4, {{"small", 1.51}, {"large", -110.1}, {"exact", 3}}), at(1), counts)->values == Values{{"large", -110.1}});
    CHECK(filter.add(reading(5, {{"small", 1.51}, {"large", -110}, {"exact", 3.0001}}), at(1), counts)->values ==
          Values{{"exact", 3.0001}});
}

TEST_CASE("a value that appears is sent, and one that is gone makes the reading full") {
    const DeltaPolicy policy = with_band(1);
    DeltaFilter filter(policy);
    ReadingCounts counts;
    REQUIRE(filter.add(reading(1, {{"a", 1}, {"b", 2}}), at(0), counts));
    const auto more = filter.add(reading(2, {{"a", 1}, {"b", 2}, {"c", 3}}), at(1), counts);
    REQUIRE(more);
    CHECK(more->is_partial);
    CHECK(more->values == Values{{"c", 3}});
    const auto fewer = filter.add(reading(3, {{"b", 2}, {"c", 3}}), at(2), counts);
    REQUIRE(fewer);
    CHECK_FALSE(fewer->is_partial);
    CHECK(fewer->values == Values{{"b", 2}, {"c", 3}});
}

TEST_CASE("a reading of which everything changed is full") {
    const DeltaPolicy policy = with_band(1);
    DeltaFilter filter(policy);
    ReadingCounts counts;
    REQUIRE(filter.add(reading(1, {{"a", 1}, {"b", 2}}), at(0), counts));
    const auto all = filter.add(reading(2, {{"a", 5}, {"b", 9}}), at(1), counts);
    REQUIRE(all);
    CHECK_FALSE(all->is_partial);
}

TEST_CASE("a NaN is a value that others differ from, and so is an infinity") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinite = std::numeric_limits<double>::infinity();
    const DeltaPolicy policy = with_band(1'000, 1);
    DeltaFilter filter(policy);
    ReadingCounts counts;
    REQUIRE(filter.add(reading(1, {{"a", 1}}), at(0), counts));
    for (const double value : {nan, 2.0, infinite, -infinite, 3.0}) {
        CHECK(filter.add(reading(1, {{"a", value}}), at(0), counts));
        CHECK_FALSE(filter.add(reading(1, {{"a", value}}), at(0), counts));
    }
}

TEST_CASE("a reading is full in every so many, after so long, and after the outbox refused one") {
    DeltaPolicy policy = with_band(10);
    policy.full_every = 4;
    policy.full_after = milliseconds(1'000);
    DeltaFilter filter(policy);
    ReadingCounts counts;
    const auto is_full = [&](std::int64_t ms) {
        const auto out = filter.add(reading(1, {{"a", 1}, {"b", 1}}), at(ms), counts);
        return out && !out->is_partial;
    };
    CHECK(is_full(0));
    for (int i = 0; i < 3; ++i) CHECK_FALSE(is_full(1));
    CHECK(is_full(2));
    CHECK_FALSE(is_full(1'001));
    CHECK(is_full(1'002));
    filter.forget();
    CHECK(is_full(1'003));
}

TEST_CASE("what no encoding carries is not compared") {
    const DeltaPolicy policy = with_band(0);
    DeltaFilter filter(policy);
    ReadingCounts counts;
    CHECK(filter.add(reading(1, {{"t", 1}, {"a", 1}, {"a", 2}}), at(0), counts)->values == Values{{"a", 2}});
    CHECK_FALSE(filter.add(reading(2, {{"t", 2}, {"a", 7}, {"a", 2}}), at(0), counts));
}

TEST_CASE("whatever comes, a receiver is never off by more than the band, and gets all values as often as was said") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        test::SeededRandom random(seed);
        DeltaPolicy policy = with_band(static_cast<double>(random.next() % 4), static_cast<double>(random.next() % 3) / 20);
        policy.full_every = 1 + static_cast<std::uint32_t>(random.next() % 20);
        policy.full_after = milliseconds(1 + random.next() % 3'000);
        DeltaFilter filter(policy);
        ReadingCounts counts;
        std::map<std::string, double> truth{{"a", 0}, {"b", 100}, {"c", -7}};
        std::map<std::string, double> received;
        std::uint32_t since_full = 0;
        std::int64_t full_at = 0;
        std::int64_t now = 0;
        for (std::uint64_t step = 1; step <= 300; ++step) {
            now += static_cast<std::int64_t>(random.next() % 200);
            Reading taken = reading(step, {});
            for (auto& [name, value] : truth) {
                value += (static_cast<double>(random.next() % 1'000) - 500) / 250;
                if (random.next() % 40 != 0) taken.values.emplace_back(name, value);
            }
            if (taken.values.empty()) continue;
            ++counts.taken;
            ++since_full;
            const auto out = filter.add(taken, at(now), counts);
            if (out) {
                ++counts.stored;
                REQUIRE_FALSE(out->values.empty());
                if (!out->is_partial) {
                    received.clear();
                    since_full = 0;
                    full_at = now;
                }
                for (const auto& [name, value] : out->values) received[name] = value;
            }
            REQUIRE(since_full < policy.full_every);
            REQUIRE(now - full_at < policy.full_after.count());
            // All that was taken, nothing else, and each within its band.
            REQUIRE(received.size() == taken.values.size());
            for (const auto& [name, value] : taken.values) {
                const double known = received.at(name);
                REQUIRE(std::abs(value - known) <= std::max(policy.band.absolute, policy.band.relative * std::abs(known)));
            }
            REQUIRE(test::holds(counts));
        }
    }
}

}  // namespace
}  // namespace muster::policy

// SPDX-License-Identifier: Apache-2.0
// The readings of many topics, each thinned and compared by itself, within bounds.
#include "policy/reading_flow.hpp"

#include "readings.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

namespace muster::policy {
namespace {

using std::chrono::milliseconds;
using test::at;
using test::reading;

const std::optional<RatePolicy> no_rate;
const std::optional<DeltaPolicy> no_delta;

TEST_CASE("each topic has a bucket and a last value of its own") {
    const std::optional<RatePolicy> rate = RatePolicy{milliseconds(1'000), 1, Keep::latest};
    ReadingFlow flow;
    CHECK(flow.add("a", reading(1, {}), rate, no_delta, at(0)).size() == 1);
    CHECK(flow.add("b", reading(1, {}), rate, no_delta, at(10)).size() == 1);
    CHECK(flow.add("b", reading(2, {}), rate, no_delta, at(20)).empty());
    CHECK(flow.add("a", reading(2, {}), rate, no_delta, at(30)).empty());
    CHECK(flow.next_deadline() == at(1'000));
    const auto due = flow.expire(at(1'005));
    REQUIRE(due.size() == 1);
    CHECK(due[0].topic == "a");
    CHECK(due[0].was_held);
    CHECK(flow.next_deadline() == at(1'010));
    CHECK(flow.flush(at(1'006)).size() == 1);
    CHECK_FALSE(flow.next_deadline());
}

TEST_CASE("a difference is made from what went on, not from what the rate left out") {
    const std::optional<RatePolicy> rate = RatePolicy{milliseconds(1'000), 1, Keep::latest};
    const std::optional<DeltaPolicy> delta = DeltaPolicy{{1, 0}, {}, 100, milliseconds(600'000)};
    ReadingFlow flow;
    CHECK(flow.add("a", reading(1, {{"x", 0}, {"y", 0}}), rate, delta, at(0)).size() == 1);
    CHECK(flow.add("a", reading(2, {{"x", 50}, {"y", 0}}), rate, delta, at(1)).empty());
    CHECK(flow.add("a", reading(3, {{"x", 0}, {"y", 7}}), rate, delta, at(2)).empty());
    const auto due = flow.expire(at(1'000));
    REQUIRE(due.size() == 1);
    CHECK(due[0].reading.values == std::vector<std::pair<std::string, double>>{{"y", 7}});
    CHECK(flow.counts().thinned == 1);
}

TEST_CASE("what a window makes was held, the reading that closes it is not in it") {
    const std::optional<RatePolicy> rate = RatePolicy{milliseconds(1'000), 1, Keep::max};
    ReadingFlow flow;
    CHECK(flow.add("a", reading(1, {{"x", 4}}), rate, no_delta, at(0)).empty());
    const auto closed = flow.add("a", reading(2, {{"x", 9}}), rate, no_delta, at(1'000));
    REQUIRE(closed.size() == 1);
    CHECK(closed[0].was_held);
    CHECK(closed[0].reading.values[0].second == 4);
}

TEST_CASE("after a refusal the next reading is full, and the accounts say who was refused") {
    const std::optional<DeltaPolicy> delta = DeltaPolicy{{1, 0}, {}, 100, milliseconds(600'000)};
    ReadingFlow flow;
    CHECK(flow.add("a", reading(1, {{"x", 0}, {"y", 0}}), no_rate, delta, at(0)).size() == 1);
    CHECK(flow.add("a", reading(2, {{"x", 5}, {"y", 0}}), no_rate, delta, at(1))[0].reading.is_partial);
    flow.refuse("a");
    const auto next = flow.add("a", reading(3, {{"x", 5}, {"y", 0}}), no_rate, delta, at(2));
    REQUIRE(next.size() == 1);
    CHECK_FALSE(next[0].reading.is_partial);
    CHECK(flow.counts().refused == 1);
    CHECK(flow.counts().stored == 2);
    CHECK(test::holds(flow.counts()));
    flow.refuse("unknown");
    CHECK(flow.counts().refused == 2);
}

TEST_CASE("beyond its bounds the topic that was quiet the longest is forgotten, and what it held goes on first") {
    const std::optional<RatePolicy> rate = RatePolicy{milliseconds(1'000), 1, Keep::latest};
    ReadingFlow flow({2, 1'000'000});
    flow.add("a", reading(1, {}), rate, no_delta, at(0));
    flow.add("a", reading(2, {}), rate, no_delta, at(1));
    flow.add("b", reading(1, {}), rate, no_delta, at(2));
    const auto out = flow.add("c", reading(1, {}), rate, no_delta, at(3));
    REQUIRE(out.size() == 2);
    CHECK(out[0].topic == "a");
    CHECK(out[0].was_held);
    CHECK(out[1].topic == "c");
    CHECK_FALSE(out[1].was_held);
    CHECK(flow.topics() == 2);
    // Touched in between, b stays and c goes.
    flow.add("b", reading(2, {}), rate, no_delta, at(4));
    flow.add("d", reading(1, {}), rate, no_delta, at(5));
    CHECK(flow.add("b", reading(3, {}), rate, no_delta, at(6)).empty());
    CHECK(flow.topics() == 2);
}

TEST_CASE("many long names do not take more memory than was said") {
    const std::optional<DeltaPolicy> delta = DeltaPolicy{};
    ReadingFlow flow({1'000, 64U << 10U});
    for (std::uint64_t i = 0; i < 500; ++i) {
        Reading wide = reading(i, {});
        for (int column = 0; column < 20; ++column) wide.values.emplace_back(std::string(100, static_cast<char>('a' + column)), 1);
        flow.add("topic/" + std::to_string(i), wide, no_rate, delta, at(static_cast<std::int64_t>(i)));
        REQUIRE(flow.bytes() <= 64U << 10U);
    }
    CHECK(flow.topics() > 5);
}

TEST_CASE("whatever comes to many topics, nothing is lost uncounted and nothing held stays for ever") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        test::SeededRandom random(seed);
        const std::optional<RatePolicy> rates[] = {std::nullopt, RatePolicy{milliseconds(100), 2, Keep::latest},
                                                   RatePolicy{milliseconds(300), 1, Keep::summary}};
        const std::optional<DeltaPolicy> deltas[] = {std::nullopt, DeltaPolicy{{2, 0}, {}, 7, milliseconds(1'000)}};
        ReadingFlow flow({6, 4'000});
        std::uint64_t given = 0;
        std::uint64_t out = 0;
        std::uint64_t refused = 0;
        std::int64_t now = 0;
        const auto note = [&](const std::vector<Outgoing>& outgoing) {
            for (const auto& one : outgoing) {
                if (random.next() % 20 == 0) {
                    flow.refuse(one.topic);
                    ++refused;
                } else {
                    ++out;
                }
            }
        };
        for (int step = 0; step < 500; ++step) {
            now += static_cast<std::int64_t>(random.next() % 30);
            const std::uint64_t topic = random.next() % 9;
            const double value = static_cast<double>(random.next() % 10);
            note(flow.add("t" + std::to_string(topic), reading(++given, {{"x", value}, {"y", 1}}), rates[topic % 3], deltas[topic % 2],
                          at(now)));
            if (flow.next_deadline() && *flow.next_deadline() <= at(now)) note(flow.expire(at(now)));
            REQUIRE((!flow.next_deadline() || *flow.next_deadline() > at(now)));
            REQUIRE(test::holds(flow.counts()));
            REQUIRE(flow.topics() <= 6);
            REQUIRE(flow.bytes() <= 4'000);
        }
        note(flow.expire(at(now + 301)));
        CHECK(flow.counts().held == 0);
        CHECK(flow.counts().taken == given);
        CHECK(flow.counts().stored == out);
        CHECK(flow.counts().refused == refused);
        CHECK(test::holds(flow.counts()));
    }
}

}  // namespace
}  // namespace muster::policy

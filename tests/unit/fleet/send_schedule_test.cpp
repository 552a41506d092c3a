// SPDX-License-Identifier: Apache-2.0
// Every message of an open loop has one time, one publisher and one worker.
#include "bench/send_schedule.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;
using base::SteadyTime;

namespace {

const SteadyTime start{1'000s};

}  // namespace

TEST_CASE("messages are due at even distances") {
    SendSchedule schedule({.start = start, .rate = 1'000, .publishers = 2, .total = 4});
    CHECK_FALSE(schedule.next_due(start - 1ns));
    CHECK(schedule.next_time() == start);
    REQUIRE(schedule.next_due(start));
    CHECK_FALSE(schedule.next_due(start + 999us));
    REQUIRE(schedule.next_due(start + 1ms));
    const auto third = schedule.next_due(start + 10ms);
    REQUIRE(third);
    CHECK(third->slot == 0);
    CHECK(third->sequence == 1);
    CHECK(schedule.intended(third->slot, third->sequence) == start + 2ms);
    REQUIRE(schedule.next_due(start + 10ms));
    CHECK_FALSE(schedule.next_due(start + 10s));
    CHECK_FALSE(schedule.next_time());
}

TEST_CASE("several workers share the messages, each once and in order of time") {
    constexpr std::uint64_t total = 1'000;
    std::set<std::pair<std::uint32_t, std::uint64_t>> seen;
    for (std::uint32_t worker = 0; worker < 3; ++worker) {
        SendSchedule schedule({.start = start, .rate = 10'000, .publishers = 7, .total = total, .worker = worker, .workers = 3});
        SteadyTime last = start;
        while (const auto message = schedule.next_due(start + 1h)) {
            const SteadyTime time = schedule.intended(message->slot, message->sequence);
            CHECK(time >= last);
            last = time;
            CHECK(seen.emplace(message->slot * 3 + worker, message->sequence).second);
        }
    }
    CHECK(seen.size() == total);
}

TEST_CASE("a worker without a publisher has nothing to send") {
    SendSchedule schedule({.start = start, .rate = 1, .publishers = 1, .total = 10, .worker = 1, .workers = 2});
    CHECK_FALSE(schedule.next_time());
    CHECK_FALSE(schedule.next_due(start + 1h));
}

TEST_CASE("the rate may be below one a second") {
    SendSchedule schedule({.start = start, .rate = 0.1, .publishers = 1, .total = 3});
    REQUIRE(schedule.next_due(start));
    CHECK(schedule.next_time() == start + 10s);
}

TEST_CASE("a busy worker takes turns, longer ones where several messages of a client make one write") {
    CHECK(turn_of(100, 100, 1) == least_turn);
    CHECK(turn_of(3'999, 1, 1) == least_turn);
    CHECK(turn_of(4'000, 1, 1) == 1ms);
    CHECK(turn_of(20'000, 4, 1) == 800us);
    CHECK(turn_of(10'000, 100, 1) == 500us);
    CHECK(turn_of(10'000, 100, 4) == least_turn);
    CHECK(turn_of(1'000'000, 1, 1) == 500us);
}

TEST_CASE("time and limits bound the messages") {
    CHECK(messages_in(10s, 100, 0, 5, 0) == 1'000);
    CHECK(messages_in(10s, 100, 3, 5, 0) == 15);
    CHECK(messages_in(10s, 100, 0, 5, 7) == 7);
    CHECK(messages_in(1'500ms, 1, 0, 1, 0) == 2);
}

}  // namespace muster::test

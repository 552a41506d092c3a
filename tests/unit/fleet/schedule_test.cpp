// SPDX-License-Identifier: Apache-2.0
// Pacing: what is due when, and how much room a window has.
#include "load/schedule.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

const base::SteadyTime start{1'000s};

TEST_CASE("an open schedule owes its first message at the start and none before") {
    const OpenSchedule schedule(start, 10);
    CHECK(schedule.due(start - 1ns) == 0);
    CHECK(schedule.due(start) == 1);
    CHECK(schedule.due(start + 99'999'999ns) == 1);
    CHECK(schedule.due(start + 100ms) == 2);
    CHECK(schedule.due_time(0) == start);
    CHECK(schedule.due_time(25) == start + 2'500ms);
}

TEST_CASE("what is due and when it is due agree, also for rates that do not divide a second") {
    for (const std::uint64_t rate : {1ULL, 3ULL, 7ULL, 999ULL, 30'000ULL, 333'333ULL, 1'000'000ULL}) {
        const OpenSchedule schedule(start, rate);
        for (const std::uint64_t message : {std::uint64_t{1}, rate - 1, rate, rate + 1, 10 * rate + rate / 2, 86'400 * rate}) {
            CAPTURE(rate, message);
            const auto due_at = schedule.due_time(message);
            CHECK(schedule.due(due_at) == message + 1);
            CHECK(schedule.due(due_at - 1ns) <= message);
        }
    }
}

TEST_CASE("a stalled sender owes everything that became due meanwhile") {
    const OpenSchedule schedule(start, 1'000);
    CHECK(schedule.due(start + 1h) == 3'600'001);
}

TEST_CASE("with QoS 0 a window is closed by receipts") {
    Window window(2, {.by_acknowledgement = false, .by_receipt = true});
    CHECK(window.room() == 2);
    window.sent(2);
    CHECK(window.room() == 0);
    window.acknowledged();
    CHECK(window.room() == 0);
    window.received();
    CHECK(window.room() == 1);
    CHECK(window.outstanding() == 1);
}

TEST_CASE("with QoS 1 a message leaves the window when it is acknowledged and received") {
    Window window(1, {.by_acknowledgement = true, .by_receipt = true});
    window.sent(1);
    window.received();
    CHECK(window.room() == 0);
    window.acknowledged();
    CHECK(window.room() == 1);
}

TEST_CASE("without a subscriber acknowledgements alone close the window") {
    Window window(1, {.by_acknowledgement = true, .by_receipt = false});
    window.sent(1);
    CHECK(window.room() == 0);
    window.acknowledged();
    CHECK(window.room() == 1);
}

TEST_CASE("what is given up opens the window, and a late arrival does not open it further") {
    Window window(4, {.by_acknowledgement = false, .by_receipt = true});
    window.sent(4);
    window.received();
    CHECK(window.give_up() == 3);
    CHECK(window.room() == 4);
    window.received();
    CHECK(window.room() == 4);
    CHECK(window.give_up() == 0);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Whose turn it is.
#include "outbox/drain_schedule.hpp"

#include <catch2/catch.hpp>

namespace muster::outbox {
namespace {

TEST_CASE("alarms go first, and every class has its share of a round") {
    DrainSchedule schedule;
    const PerClass much{1'000, 1'000, 1'000, 1'000};
    CHECK(schedule.next(64, much) == PerClass{0, 0, 0, 64});
    CHECK(schedule.next(20, much) == PerClass{0, 4, 16, 0});
    CHECK(schedule.next(2, much) == PerClass{1, 0, 0, 1});
    CHECK(schedule.next(84 + 170, much) == PerClass{3, 12, 48, 191});
}

TEST_CASE("what a class does not need goes to the others") {
    DrainSchedule schedule;
    CHECK(schedule.next(100, {1'000, 0, 0, 3}) == PerClass{97, 0, 0, 3});
    CHECK(schedule.next(10, {0, 1'000, 2, 0}) == PerClass{0, 8, 2, 0});
    CHECK(schedule.next(10, {2, 1, 0, 1}) == PerClass{2, 1, 0, 1});
    CHECK(schedule.next(10, {}) == PerClass{});
    CHECK(schedule.next(0, {1, 1, 1, 1}) == PerClass{});
}

TEST_CASE("bulk moves on however many alarms there are") {
    DrainSchedule schedule;
    std::uint64_t bulk = 0;
    for (int i = 0; i < 8'500; ++i) bulk += schedule.next(1, {10, 0, 0, 10})[0];
    CHECK(bulk == 8'500 / 65);
}

}  // namespace
}  // namespace muster::outbox

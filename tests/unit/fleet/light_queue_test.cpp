// SPDX-License-Identifier: Apache-2.0
// A light device's queue: every message it accepted is delivered, dropped or waits.
#include "simulate/light_queue.hpp"

#include <catch2/catch.hpp>

namespace muster::fleet {
namespace {

LightMessage message(Qos qos = Qos::at_least_once) {
    return {.sensor = 0, .payload = "x", .qos = qos};
}

void check_sum(const LightQueue& queue) {
    const auto counts = queue.counts();
    CHECK(counts.accepted == counts.delivered + counts.dropped() + counts.waiting);
}

TEST_CASE("what is acknowledged is delivered, in whatever order, and what is refused is dropped") {
    LightQueue queue(10);
    for (std::uint64_t number = 0; number < 3; ++number) {
        REQUIRE(queue.accept(message(), Overflow::refuse));
        REQUIRE(queue.next() != nullptr);
        queue.note_sent(number);
    }
    CHECK(queue.next() == nullptr);
    queue.acknowledge(1, false);
    queue.acknowledge(0, true);
    queue.acknowledge(1, false);
    queue.acknowledge(99, false);
    CHECK(queue.counts().delivered == 1);
    CHECK(queue.counts().dropped_rejected == 1);
    CHECK(queue.waiting() == 1);
    check_sum(queue);
}

TEST_CASE("at QoS 0 what is sent is delivered") {
    LightQueue queue(10);
    queue.accept(message(Qos::at_most_once), Overflow::refuse);
    queue.note_sent(0);
    CHECK(queue.counts().delivered == 1);
    CHECK(queue.waiting() == 0);
    check_sum(queue);
}

TEST_CASE("what was in flight at a lost connection is sent again, and its old number means nothing") {
    LightQueue queue(10);
    queue.accept(message(), Overflow::refuse);
    queue.note_sent(5);
    queue.lose();
    CHECK(queue.redelivered() == 0);
    queue.acknowledge(5, false);
    CHECK(queue.counts().delivered == 0);
    REQUIRE(queue.next() != nullptr);
    queue.note_sent(6);
    CHECK(queue.redelivered() == 1);
    queue.acknowledge(6, false);
    CHECK(queue.counts().delivered == 1);
    check_sum(queue);
}

TEST_CASE("a full queue refuses, or gives up the oldest that is not in flight") {
    LightQueue queue(2);
    queue.accept(message(), Overflow::refuse);
    queue.note_sent(0);
    queue.accept(message(), Overflow::refuse);
    CHECK_FALSE(queue.accept(message(), Overflow::refuse));
    CHECK(queue.accept(message(), Overflow::drop_oldest));
    CHECK(queue.counts().dropped_overflow == 1);
    queue.note_sent(1);
    CHECK_FALSE(queue.accept(message(), Overflow::drop_oldest));
    CHECK(queue.counts().accepted == 3);
    check_sum(queue);
}

}  // namespace
}  // namespace muster::fleet

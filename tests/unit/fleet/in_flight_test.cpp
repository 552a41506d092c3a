// SPDX-License-Identifier: Apache-2.0
// Messages in flight are found by packet identifier, in any order, for ever.
#include "bench/in_flight.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using fleet::InFlight;

TEST_CASE("packet identifiers go from 1 to 65535 and begin again") {
    CHECK(InFlight::packet_id_of(0) == 1);
    CHECK(InFlight::packet_id_of(65'534) == 65'535);
    CHECK(InFlight::packet_id_of(65'535) == 1);
}

TEST_CASE("an acknowledgement settles the message it belongs to, once") {
    InFlight messages;
    for (std::uint64_t sequence = 100; sequence < 300; ++sequence) messages.add(sequence);
    CHECK(messages.size() == 200);
    CHECK(messages.settle(InFlight::packet_id_of(250)) == 250U);
    CHECK_FALSE(messages.settle(InFlight::packet_id_of(250)));
    CHECK(messages.settle(InFlight::packet_id_of(100)) == 100U);
    CHECK(messages.size() == 198);
}

TEST_CASE("what is not in flight is not settled") {
    InFlight messages;
    CHECK_FALSE(messages.settle(1));
    messages.add(5);
    CHECK_FALSE(messages.settle(0));
    CHECK_FALSE(messages.settle(InFlight::packet_id_of(4)));
    CHECK_FALSE(messages.settle(InFlight::packet_id_of(6)));
    CHECK_FALSE(messages.settle(65'535));
}

TEST_CASE("identifiers that wrap around find the latest message that has them") {
    InFlight messages;
    for (std::uint64_t sequence = 0; sequence < 1'000'000; ++sequence) {
        REQUIRE(messages.has_room(10));
        messages.add(sequence);
        if (sequence >= 5) REQUIRE(messages.settle(InFlight::packet_id_of(sequence - 5)) == sequence - 5);
    }
    CHECK(messages.size() == 5);
}

TEST_CASE("there is no room beyond the limit, nor for an identifier that an old message still has") {
    InFlight messages;
    messages.add(0);
    messages.add(1);
    CHECK_FALSE(messages.has_room(2));
    CHECK(messages.has_room(3));
    CHECK(messages.settle(InFlight::packet_id_of(1)) == 1U);
    std::uint64_t sequence = 2;
    for (; messages.has_room(65'535); ++sequence) {
        REQUIRE(sequence < 65'535);
        messages.add(sequence);
        messages.settle(InFlight::packet_id_of(sequence));
    }
    CHECK(sequence > 65'000);
    CHECK(messages.settle(InFlight::packet_id_of(0)) == 0U);
    CHECK(messages.has_room(1));
}

TEST_CASE("after a lost connection the numbering goes on") {
    InFlight messages;
    for (std::uint64_t sequence = 0; sequence < 1'000; ++sequence) messages.add(sequence);
    messages.clear();
    CHECK(messages.size() == 0);
    CHECK_FALSE(messages.settle(InFlight::packet_id_of(999)));
    messages.add(1'000);
    CHECK(messages.settle(InFlight::packet_id_of(1'000)) == 1'000U);
}

}  // namespace muster::test

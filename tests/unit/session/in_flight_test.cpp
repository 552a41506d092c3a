// SPDX-License-Identifier: Apache-2.0
// What is between outbox and broker, and what a lost connection leaves in doubt.
#include "session/in_flight.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace muster::test {
namespace {

using session::InFlight;

outbox::Record with_id(outbox::RecordId id) {
    return {id, {"t", "x", Qos::at_least_once, false}, Durability::memory};
}

/// Sends what the window lets through; returns the ids.
std::vector<outbox::RecordId> send_all(InFlight& in_flight) {
    std::vector<outbox::RecordId> ids;
    while (const auto record = in_flight.take_ready()) {
        in_flight.mark_sent(record->id);
        ids.push_back(record->id);
    }
    return ids;
}

using Ids = std::vector<outbox::RecordId>;

}  // namespace

TEST_CASE("a full window lets the next record through for each answer") {
    InFlight in_flight;
    in_flight.begin_connection(2);
    in_flight.add({with_id(1), with_id(2), with_id(3)});
    CHECK(send_all(in_flight) == Ids{1, 2});
    CHECK(in_flight.has_ready());
    CHECK(in_flight.answered(2));
    CHECK(send_all(in_flight) == Ids{3});
    CHECK_FALSE(in_flight.has_ready());
    CHECK_FALSE(in_flight.is_empty());
}

TEST_CASE("an answer counts once, and only for what was sent") {
    InFlight in_flight;
    in_flight.begin_connection(2);
    in_flight.add({with_id(1)});
    CHECK_FALSE(in_flight.answered(1));
    send_all(in_flight);
    CHECK(in_flight.answered(1));
    CHECK_FALSE(in_flight.answered(1));
    CHECK(in_flight.is_empty());
}

TEST_CASE("what is settled is handed over once") {
    InFlight in_flight;
    in_flight.settle(4);
    in_flight.settle(2);
    CHECK(in_flight.take_settled() == Ids{4, 2});
    CHECK(in_flight.take_settled().empty());
}

TEST_CASE("a suspect is sent alone, in its turn") {
    InFlight in_flight(2);
    in_flight.begin_connection(10);
    auto records = std::vector<outbox::Record>{with_id(1), with_id(2), with_id(3), with_id(4)};
    records[1].strikes = 2;
    records[2].strikes = 1;
    in_flight.add(records);
    CHECK(send_all(in_flight) == Ids{1});
    CHECK(in_flight.answered(1));
    CHECK(send_all(in_flight) == Ids{2});
    CHECK(in_flight.answered(2));
    CHECK(send_all(in_flight) == Ids{3, 4});
    CHECK(in_flight.lose_connection() == Ids{3, 4});
}

TEST_CASE("a suspect that is not sent after all holds up nobody") {
    InFlight in_flight(2);
    in_flight.begin_connection(10);
    auto records = std::vector<outbox::Record>{with_id(1), with_id(2)};
    records[0].strikes = 2;
    in_flight.add(records);
    CHECK(in_flight.take_ready());
    CHECK(send_all(in_flight) == Ids{2});
}

TEST_CASE("only what was sent counts as redelivered after a lost connection, and once for each loss") {
    InFlight in_flight;
    in_flight.begin_connection(2);
    in_flight.add({with_id(1), with_id(2), with_id(3)});
    send_all(in_flight);
    in_flight.lose_connection();
    CHECK(in_flight.is_empty());
    in_flight.begin_connection(3);
    in_flight.add({with_id(1), with_id(2), with_id(3)});
    CHECK(send_all(in_flight) == Ids{1, 2, 3});
    CHECK(in_flight.redelivered() == 2);
    in_flight.lose_connection();
    in_flight.add({with_id(1)});
    send_all(in_flight);
    CHECK(in_flight.redelivered() == 3);
}

TEST_CASE("a record in doubt that the outbox gave up meanwhile does not count when others are sent") {
    InFlight in_flight;
    in_flight.begin_connection(3);
    in_flight.add({with_id(1), with_id(2)});
    send_all(in_flight);
    in_flight.lose_connection();
    in_flight.add({with_id(3)});
    send_all(in_flight);
    CHECK(in_flight.redelivered() == 0);
}

TEST_CASE("what is ready goes back in its order, what is sent stays") {
    InFlight in_flight;
    in_flight.begin_connection(1);
    in_flight.add({with_id(1), with_id(2), with_id(3)});
    send_all(in_flight);
    CHECK(in_flight.take_back_ready() == Ids{2, 3});
    CHECK_FALSE(in_flight.has_ready());
    CHECK(in_flight.answered(1));
}

}  // namespace muster::test

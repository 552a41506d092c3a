// SPDX-License-Identifier: Apache-2.0
#include "outbox/outbox.hpp"
#include "support/fault_vfs.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::outbox {
namespace {

using test::FaultVfs;

PublishOptions options(Durability durability, Overflow overflow = Overflow::refuse) {
    PublishOptions made;
    made.durability = durability;
    made.overflow = overflow;
    return made;
}

base::MessageView message(std::string_view topic, std::string_view payload = "x") {
    return {topic, payload, Qos::at_least_once, false};
}

TEST_CASE("a group is accepted in its order, and what was delivered leaves with it") {
    const test::TemporaryDirectory directory;
    const auto outbox = Outbox::open(directory / "o.db", {}).value();
    const auto durable = options(Durability::disk);
    const auto process = options(Durability::process);
    const auto memory = options(Durability::memory);
    const auto first = outbox->accept(message("first"), durable).value();
    REQUIRE(outbox->take(1)->size() == 1);
    Offer a{message("a"), process};
    Offer b{message("b"), memory};
    Offer c{message("c"), durable};
    REQUIRE(outbox->accept({&a, &b, &c}, {first}));
    CHECK(*a.outcome < *b.outcome);
    CHECK(*b.outcome < *c.outcome);
    const auto taken = outbox->take(9).value();
    REQUIRE(taken.size() == 3);
    CHECK(taken[0].message.topic == "a");
    CHECK(taken[2].message.topic == "c");
    const auto counts = outbox->counts();
    CHECK(counts.delivered == 1);
    CHECK(counts.accepted == counts.delivered + counts.waiting);
}

TEST_CASE("what a group takes of the room is not given to a plain message again") {
    const test::TemporaryDirectory directory;
    OutboxLimits limits;
    limits.max_messages = 3;
    const auto outbox = Outbox::open(directory / "o.db", limits).value();
    const auto memory = options(Durability::memory);
    const auto process = options(Durability::process);
    const base::PlainMessage plain{"t", "x", 1, {Qos::at_least_once, Durability::memory, Priority::normal, false}};
    REQUIRE(outbox->accept(message("t"), memory));
    Offer a{message("a"), process};
    Offer b{message("b"), process};
    REQUIRE(outbox->accept({&a, &b}, {}));
    CHECK(outbox->accept_plain(plain) == 0);
    CHECK(outbox->counts().waiting == 3);
    CHECK(outbox->accept(message("t"), memory).error().code() == Code::full);
}

TEST_CASE("of a group only those that fit are accepted, and the others are told why") {
    const test::TemporaryDirectory directory;
    OutboxLimits limits;
    limits.max_messages = 3;
    const auto outbox = Outbox::open(directory / "o.db", limits).value();
    const auto refuse = options(Durability::process);
    const auto drop = options(Durability::process, Overflow::drop_oldest);
    PublishOptions wrong = refuse;
    wrong.time_to_live = std::chrono::seconds(-1);
    Offer one{message("1"), refuse};
    Offer bad{message("bad"), wrong};
    Offer two{message("2"), refuse};
    Offer three{message("3"), refuse};
    Offer four{message("4"), refuse};
    Offer five{message("5"), drop};
    REQUIRE(outbox->accept({&one, &bad, &two, &three, &four, &five}, {}));
    CHECK(bad.outcome.error().code() == Code::invalid_argument);
    CHECK(four.outcome.error().code() == Code::full);
    CHECK(five.outcome.ok());
    std::string topics;
    const auto taken = outbox->take(9).value();
    for (const auto& record : taken) topics += record.message.topic;
    CHECK(topics == "235");
    CHECK(outbox->counts().dropped_overflow == 1);
}

TEST_CASE("nothing of a group is accepted by a disk that fails, and nothing is stored twice") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    const auto outbox = Outbox::open(directory / "o.db", {}).value();
    const auto durable = options(Durability::disk);
    Offer a{message("a"), durable};
    Offer b{message("b"), durable};
    FaultVfs::set_capacity(1);
    REQUIRE(outbox->accept({&a, &b}, {}));
    CHECK(a.outcome.error().code() == Code::no_space);
    CHECK(b.outcome.error().code() == Code::no_space);
    FaultVfs::set_unlimited();
    REQUIRE(outbox->accept({&a, &b}, {}));
    CHECK(a.outcome.ok());
    CHECK(outbox->take(9)->size() == 2);
    CHECK(outbox->counts().accepted == 2);
}

}  // namespace
}  // namespace muster::outbox

// SPDX-License-Identifier: Apache-2.0
// The queue between the application's time and the network's.
#include "outbox/outbox.hpp"

#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::outbox {
namespace {

using Ids = std::vector<RecordId>;

PublishOptions options(Durability durability, Overflow overflow = Overflow::refuse) {
    PublishOptions asked;
    asked.durability = durability;
    asked.overflow = overflow;
    return asked;
}

std::unique_ptr<Outbox> open(const std::filesystem::path& path, const OutboxLimits& limits = {}) {
    auto outbox = Outbox::open(path, limits);
    if (!outbox) FAIL(outbox.error().message());
    return std::move(*outbox);
}

RecordId put(Outbox& outbox, Durability durability = Durability::process, const std::string& payload = "x") {
    auto id = outbox.accept({"t", payload, Qos::at_least_once, false}, options(durability));
    if (!id) FAIL(id.error().message());
    return *id;
}

Ids take(Outbox& outbox, std::size_t max = 100) {
    Ids ids;
    const auto taken = outbox.take(max);
    if (!taken) FAIL(taken.error().message());
    for (const auto& record : *taken) ids.push_back(record.id);
    return ids;
}

void check_balance(const Outbox& outbox) {
    const OutboxCounts counts = outbox.counts();
    CHECK(counts.accepted == counts.delivered + counts.dropped() + counts.waiting);
}

struct InMemory {
    static constexpr Durability durability = Durability::memory;
    std::unique_ptr<Outbox> make(const OutboxLimits& limits = {}) { return open({}, limits); }
};
struct OnDisk {
    static constexpr Durability durability = Durability::process;
    std::unique_ptr<Outbox> make(const OutboxLimits& limits = {}) { return open(directory / "o.db", limits); }
    test::TemporaryDirectory directory;
};

TEMPLATE_TEST_CASE("messages are taken in the order in which they were accepted, each once", "", InMemory, OnDisk) {
    TestType with;
    const auto outbox = with.make();
    Ids accepted;
    for (int i = 0; i < 10; ++i) accepted.push_back(put(*outbox, TestType::durability));
    CHECK(take(*outbox, 4) == Ids(accepted.begin(), accepted.begin() + 4));
    CHECK(take(*outbox, 100) == Ids(accepted.begin() + 4, accepted.end()));
    CHECK(take(*outbox).empty());
    CHECK(outbox->counts().waiting == 10);
    REQUIRE(outbox->settle(accepted));
    CHECK(outbox->counts().delivered == 10);
    CHECK(outbox->counts().waiting == 0);
    CHECK(outbox->counts().waiting_bytes == 0);
    check_balance(*outbox);
}

TEMPLATE_TEST_CASE("after a lost connection what was in flight is taken again, at its old place", "", InMemory, OnDisk) {
    TestType with;
    const auto outbox = with.make();
    for (int i = 1; i <= 6; ++i) put(*outbox, TestType::durability);
    CHECK(take(*outbox, 4) == Ids{1, 2, 3, 4});
    REQUIRE(outbox->settle({2}));
    CHECK(outbox->release_all() == 3);
    CHECK(outbox->release_all() == 0);
    CHECK(take(*outbox, 4) == Ids{1, 3, 4, 5});
    outbox->release({3, 99});
    CHECK(take(*outbox, 1) == Ids{3});
    CHECK(take(*outbox) == Ids{6});
    check_balance(*outbox);
}

TEMPLATE_TEST_CASE("a message that the broker refuses for good is counted as rejected", "", InMemory, OnDisk) {
    TestType with;
    const auto outbox = with.make();
    put(*outbox, TestType::durability);
    put(*outbox, TestType::durability);
    CHECK(take(*outbox).size() == 2);
    REQUIRE(outbox->reject(1));
    CHECK(outbox->counts().dropped_rejected == 1);
    CHECK(outbox->counts().waiting == 1);
    CHECK(outbox->release_all() == 1);
    CHECK(take(*outbox) == Ids{2});
    check_balance(*outbox);
}

TEMPLATE_TEST_CASE("a full outbox refuses, and takes again once it has drained", "", InMemory, OnDisk) {
    TestType with;
    OutboxLimits limits;
    SECTION("by messages") {
        limits.max_messages = 3;
    }
    SECTION("by bytes") {
        limits.max_bytes = 3 * 101;
    }
    const auto outbox = with.make(limits);
    const Message message{"t", std::string(100, 'x'), Qos::at_least_once, false};
    for (int i = 0; i < 3; ++i) REQUIRE(outbox->accept(message, options(TestType::durability)));
    const auto refused = outbox->accept(message, options(TestType::durability));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::full);
    CHECK(refused.error().message() == "the outbox is full: 3 messages, 303 bytes waiting");
    CHECK(outbox->counts().accepted == 3);
    CHECK(take(*outbox, 1).size() == 1);
    CHECK_FALSE(outbox->accept(message, options(TestType::durability)));
    REQUIRE(outbox->settle({1}));
    CHECK(outbox->accept(message, options(TestType::durability)));
    check_balance(*outbox);
}

TEMPLATE_TEST_CASE("drop_oldest gives up the oldest that is not in flight, and counts each", "", InMemory, OnDisk) {
    TestType with;
    OutboxLimits limits;
    limits.max_messages = 4;
    limits.max_bytes = 4'000;
    const auto outbox = with.make(limits);
    const auto drop = options(TestType::durability, Overflow::drop_oldest);
    for (int i = 1; i <= 4; ++i) put(*outbox, TestType::durability);
    CHECK(take(*outbox, 2) == Ids{1, 2});
    const auto fifth = outbox->accept({"t", "x", Qos::at_least_once, false}, drop);
    REQUIRE(fifth);
    CHECK(outbox->counts().dropped_overflow == 1);
    // Makes room for many bytes at once.
    const auto large = outbox->accept({"t", std::string(3'994, 'x'), Qos::at_least_once, false}, drop);
    REQUIRE(large);
    CHECK(outbox->counts().dropped_overflow == 3);
    CHECK(take(*outbox) == Ids{*large});
    // Everything is in flight now: nothing can give way, and nothing is dropped in vain.
    const auto refused = outbox->accept({"t", std::string(100, 'x'), Qos::at_least_once, false}, drop);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::full);
    CHECK(outbox->counts().dropped_overflow == 3);
    check_balance(*outbox);
}

TEST_CASE("a message larger than the outbox is refused without dropping anything for it") {
    OutboxLimits limits;
    limits.max_bytes = 1'000;
    const auto outbox = open({}, limits);
    put(*outbox, Durability::memory);
    const auto refused =
        outbox->accept({"t", std::string(1'000, 'x'), Qos::at_least_once, false}, options(Durability::memory, Overflow::drop_oldest));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::too_large);
    CHECK(outbox->counts().waiting == 1);
}

TEST_CASE("without a file, what must survive is refused with what to do") {
    const auto outbox = open({});
    for (const auto durability : {Durability::process, Durability::disk}) {
        const auto refused = outbox->accept({"t", "x", Qos::at_least_once, false}, options(durability));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == Code::invalid_argument);
        CHECK_FALSE(refused.error().hint().empty());
    }
    CHECK(outbox->counts().accepted == 0);
}

TEST_CASE("messages of every durability share one order") {
    const test::TemporaryDirectory directory;
    const auto outbox = open(directory / "o.db");
    Ids accepted;
    for (int i = 0; i < 30; ++i) accepted.push_back(put(*outbox, static_cast<Durability>(i % 3)));
    Ids taken;
    for (Ids some = take(*outbox, 7); !some.empty(); some = take(*outbox, 7)) taken.insert(taken.end(), some.begin(), some.end());
    CHECK(taken == accepted);
}

TEST_CASE("after close and reopening the durable messages wait, those in memory are counted as dropped") {
    const test::TemporaryDirectory directory;
    {
        const auto outbox = open(directory / "o.db");
        for (int i = 0; i < 30; ++i) put(*outbox, static_cast<Durability>(i % 3));
        REQUIRE(outbox->settle(take(*outbox, 6)));
        CHECK(take(*outbox, 3).size() == 3);
        REQUIRE(outbox->close());
        CHECK(outbox->counts().dropped_stopped == 8);
        check_balance(*outbox);
    }
    const auto outbox = open(directory / "o.db");
    const OutboxCounts counts = outbox->counts();
    CHECK(counts.accepted == 30);
    CHECK(counts.delivered == 6);
    CHECK(counts.dropped_stopped == 8);
    CHECK(counts.waiting == 16);
    check_balance(*outbox);
    CHECK(take(*outbox).size() == 16);
    CHECK(put(*outbox) > 30);
}

TEST_CASE("an outbox that was not closed has its durable messages, those in flight too") {
    const test::TemporaryDirectory directory;
    {
        const auto outbox = open(directory / "o.db");
        for (int i = 0; i < 9; ++i) put(*outbox, static_cast<Durability>(i % 3));
        take(*outbox, 5);
    }
    const auto outbox = open(directory / "o.db");
    CHECK(outbox->counts().accepted == 6);
    CHECK(take(*outbox) == Ids{2, 3, 5, 6, 8, 9});
    check_balance(*outbox);
}

TEST_CASE("limits lowered between two runs refuse new messages and lose no old one") {
    const test::TemporaryDirectory directory;
    {
        const auto outbox = open(directory / "o.db");
        for (int i = 0; i < 20; ++i) put(*outbox);
    }
    OutboxLimits limits;
    limits.max_messages = 5;
    const auto outbox = open(directory / "o.db", limits);
    CHECK(outbox->counts().waiting == 20);
    CHECK_FALSE(outbox->accept({"t", "x", Qos::at_least_once, false}, options(Durability::process)));
    const auto newest = outbox->accept({"t", "x", Qos::at_least_once, false}, options(Durability::process, Overflow::drop_oldest));
    REQUIRE(newest);
    CHECK(outbox->counts().waiting == 5);
    CHECK(outbox->counts().dropped_overflow == 16);
    check_balance(*outbox);
}

TEST_CASE("plain messages are taken on their own way only as long as they are sure to fit") {
    const test::TemporaryDirectory directory;
    OutboxLimits limits;
    limits.max_messages = 6;
    limits.high.max_messages = 1;
    const auto outbox = open(directory / "o.db", limits);
    const auto plain = [&](const std::string& payload, Priority priority = Priority::normal) {
        return outbox->accept_plain({"t", payload, 1, {Qos::at_least_once, Durability::memory, priority, false}});
    };
    CHECK(plain("before any other") == 0);
    put(*outbox, Durability::memory, "1");
    CHECK(plain("2") == 2);
    CHECK(plain("of another class", Priority::high) == 0);
    CHECK(plain(std::string(base::PlainMessage::most_bytes, 'x')) == 0);
    // What goes to the file takes room too.
    put(*outbox, Durability::process, "3");
    CHECK(plain("whether it fits is not known any more") == 0);
    put(*outbox, Durability::memory, "4");
    CHECK(plain("5") == 5);
    CHECK(plain("6") == 6);
    CHECK(plain("one too many") == 0);
    CHECK(outbox->counts().waiting == 6);
    check_balance(*outbox);
    CHECK(take(*outbox) == Ids{1, 2, 3, 4, 5, 6});
    REQUIRE(outbox->settle({1, 2}));
    CHECK(plain("what has left is not looked for here") == 0);
    put(*outbox, Durability::memory, "7");
    CHECK(plain("8") == 8);
    CHECK(outbox->accepted_of()[static_cast<std::size_t>(Priority::normal)] == 8);
    check_balance(*outbox);
}

TEST_CASE("what is plain is read again with all that it was given") {
    const auto outbox = open({});
    put(*outbox, Durability::memory);
    REQUIRE(outbox->accept_plain({"a/b", "bytes", 1, {Qos::exactly_once, Durability::memory, Priority::normal, true}}) == 2);
    const auto taken = outbox->take(2);
    REQUIRE(taken);
    const Record& record = taken->at(1);
    CHECK(record.message.topic == "a/b");
    CHECK(record.message.payload == "bytes");
    CHECK(record.message.qos == Qos::exactly_once);
    CHECK(record.message.retain);
    CHECK(record.durability == Durability::memory);
    CHECK(record.accepted_at >= taken->at(0).accepted_at);
    CHECK(record.expires == 0);
    CHECK(record.key.empty());
}

TEST_CASE("the error of an outbox that cannot be opened names it") {
    const test::TemporaryDirectory directory;
    const auto first = open(directory / "o.db");
    const auto second = Outbox::open(directory / "o.db", {});
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == Code::in_use);
    CHECK(second.error().message().find("outbox: ") == 0);
    CHECK(second.error().message().find((directory / "o.db").string()) != std::string::npos);
}

}  // namespace
}  // namespace muster::outbox

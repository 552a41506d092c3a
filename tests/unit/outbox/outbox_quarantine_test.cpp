// SPDX-License-Identifier: Apache-2.0
// What cannot be sent is found, set aside and counted, and nothing else is.
#include "outbox/outbox.hpp"
#include "support/fault_vfs.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::outbox {
namespace {

using Ids = std::vector<RecordId>;

struct Fixture {
    explicit Fixture(Durability with, std::uint32_t quarantine_after = 3) : durability(with) {
        limits.quarantine_after = quarantine_after;
        restart();
    }
    void restart() {
        outbox.reset();
        auto opened = Outbox::open(durability == Durability::memory ? std::filesystem::path() : directory / "o.db", limits);
        if (!opened) FAIL(opened.error().message());
        outbox = std::move(*opened);
    }
    RecordId put(const std::string& payload = "x") {
        PublishOptions options;
        options.durability = durability;
        const auto id = outbox->accept({"t", payload, Qos::at_least_once, false}, options);
        if (!id) FAIL(id.error().message());
        return *id;
    }
    Ids take() {
        Ids ids;
        strikes.clear();
        const auto taken = outbox->take(100);
        REQUIRE(taken);
        for (const auto& record : *taken) {
            ids.push_back(record.id);
            strikes.push_back(record.strikes);
        }
        return ids;
    }
    void check_accounts() const {
        const OutboxCounts counts = outbox->counts();
        CHECK(counts.accepted == counts.delivered + counts.dropped() + counts.quarantined + counts.waiting);
    }

    Durability durability;
    test::TemporaryDirectory directory;
    OutboxLimits limits;
    std::unique_ptr<Outbox> outbox;
    std::vector<unsigned> strikes;
};

TEST_CASE("what is in flight at three lost connections in a row is set aside, and who was with it is not") {
    Fixture fixture(GENERATE(Durability::memory, Durability::process));
    for (int i = 0; i < 3; ++i) fixture.put();
    CHECK(fixture.take() == Ids{1, 2, 3});
    REQUIRE(fixture.outbox->release_all({2, 3}).value() == 3);
    CHECK(fixture.take() == Ids{1, 2, 3});
    CHECK(fixture.strikes == std::vector<unsigned>{0, 1, 1});
    REQUIRE(fixture.outbox->settle({1}));
    REQUIRE(fixture.outbox->release_all({2, 3}));
    // Together they never get the last strike.
    CHECK(fixture.take() == Ids{2, 3});
    CHECK(fixture.strikes == std::vector<unsigned>{2, 2});
    REQUIRE(fixture.outbox->release_all({2, 3}));
    CHECK(fixture.take() == Ids{2, 3});
    REQUIRE(fixture.outbox->release_all({2}));
    CHECK(fixture.take() == Ids{3});
    CHECK(fixture.outbox->counts().quarantined == 1);
    const auto kept = fixture.outbox->quarantined();
    REQUIRE(kept);
    REQUIRE(kept->size() == 1);
    CHECK(kept->front().id == 2);
    CHECK(kept->front().message.topic == "t");
    CHECK(kept->front().reason == "it was in flight when 3 connections in a row were lost");
    REQUIRE(fixture.outbox->settle({3}));
    fixture.check_accounts();
}

TEST_CASE("a device that starts anew after every loss finds the message, too") {
    Fixture fixture(Durability::process);
    const RecordId id = fixture.put();
    for (int crash = 0; crash < 3; ++crash) {
        CHECK(fixture.take() == Ids{id});
        CHECK(fixture.strikes == std::vector<unsigned>{static_cast<unsigned>(crash)});
        REQUIRE(fixture.outbox->release_all({id}));
        fixture.restart();
    }
    CHECK(fixture.take().empty());
    CHECK(fixture.outbox->counts().quarantined == 1);
    CHECK(fixture.outbox->quarantined()->size() == 1);
    fixture.check_accounts();
}

TEST_CASE("where it is switched off nothing is suspected") {
    Fixture fixture(Durability::process, 0);
    fixture.put();
    for (int loss = 0; loss < 20; ++loss) {
        CHECK(fixture.take() == Ids{1});
        REQUIRE(fixture.outbox->release_all({1}));
    }
    CHECK(fixture.strikes == std::vector<unsigned>{0});
}

TEST_CASE("what was delivered meanwhile, or is no longer there, is accused of nothing") {
    Fixture fixture(Durability::process);
    fixture.put();
    fixture.put();
    CHECK(fixture.take() == Ids{1, 2});
    REQUIRE(fixture.outbox->settle({1}));
    for (int loss = 0; loss < 5; ++loss) REQUIRE(fixture.outbox->release_all({1, 99}));
    CHECK(fixture.outbox->counts().quarantined == 0);
    CHECK(fixture.outbox->quarantined()->empty());
}

TEST_CASE("the quarantine keeps the newest of what fits, counts all, and is there after a restart") {
    const auto durability = GENERATE(Durability::memory, Durability::process);
    Fixture fixture(durability);
    SECTION("by number") {
        for (int i = 0; i < 100; ++i) fixture.put(std::to_string(i));
        for (const RecordId id : fixture.take()) REQUIRE(fixture.outbox->quarantine(id, "because"));
        const auto kept = fixture.outbox->quarantined();
        REQUIRE(kept->size() == 64);
        CHECK(kept->front().message.payload == "36");
        CHECK(kept->back().message.payload == "99");
    }
    SECTION("by bytes") {
        for (int i = 0; i < 5; ++i) fixture.put(std::string(300'000, 'x'));
        for (const RecordId id : fixture.take()) REQUIRE(fixture.outbox->quarantine(id, "because"));
        CHECK(fixture.outbox->quarantined()->size() == 3);
    }
    SECTION("one that is larger than all of it") {
        fixture.put(std::string(2'000'000, 'x'));
        REQUIRE(fixture.outbox->quarantine(fixture.take().front(), "because"));
        CHECK(fixture.outbox->quarantined()->empty());
    }
    const auto count = fixture.outbox->counts().quarantined;
    CHECK(count == fixture.outbox->counts().accepted);
    CHECK(fixture.outbox->counts().waiting == 0);
    CHECK(fixture.outbox->counts().waiting_bytes == 0);
    fixture.check_accounts();
    if (durability == Durability::memory) return;
    const auto kept = fixture.outbox->quarantined()->size();
    fixture.restart();
    CHECK(fixture.outbox->counts().quarantined == count);
    CHECK(fixture.outbox->quarantined()->size() == kept);
}

TEST_CASE("without room for the quarantine a message is still taken out of the others' way") {
    const test::FaultVfs disk;
    Fixture fixture(Durability::process);
    fixture.put(std::string(200'000, 'x'));
    CHECK(fixture.take().size() == 1);
    // For the removal, whose pages may be overwritten, but not for a copy beside it.
    test::FaultVfs::set_capacity(test::FaultVfs::used() + 260'000);
    REQUIRE(fixture.outbox->quarantine(1, "because"));
    CHECK(fixture.outbox->counts().quarantined == 1);
    CHECK(fixture.outbox->counts().waiting == 0);
    CHECK(fixture.outbox->quarantined()->empty());
    fixture.check_accounts();
}

}  // namespace
}  // namespace muster::outbox

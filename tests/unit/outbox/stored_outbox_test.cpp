// SPDX-License-Identifier: Apache-2.0
// An outbox is looked at from outside without a trace, and what is given up there stays in the accounts.
#include "outbox/outbox.hpp"
#include "support/temporary_directory.hpp"

#include <muster/stored_outbox.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace muster::outbox {
namespace {

/// The bytes of every file in a directory.
std::map<std::string, std::string> content_of(const std::filesystem::path& directory) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        std::ifstream file(entry.path(), std::ios::binary);
        files[entry.path().filename().string()] = std::string(std::istreambuf_iterator<char>(file), {});
    }
    return files;
}

struct Fixture {
    Fixture() : outbox(open()) {}

    [[nodiscard]] std::unique_ptr<Outbox> open() const {
        OutboxLimits limits;
        limits.quarantine_after = 2;
        auto opened = Outbox::open(file, limits);
        if (!opened) FAIL(opened.error().message());
        return std::move(*opened);
    }
    void put(const std::string& topic, const std::string& payload, PublishOptions options = {}) const {
        const auto id = outbox->accept({topic, payload, Qos::at_least_once, false}, options);
        if (!id) FAIL(id.error().message());
    }
    [[nodiscard]] StoredOutbox look() const {
        auto stored = StoredOutbox::open(file);
        if (!stored) FAIL(stored.error().message());
        return std::move(*stored);
    }
    [[nodiscard]] std::vector<StoredMessage> messages() const {
        auto stored = look();
        const auto read = stored.read(0, 100);
        if (!read) FAIL(read.error().message());
        return *read;
    }

    test::TemporaryDirectory directory;
    std::filesystem::path file = directory / "o.db";
    std::unique_ptr<Outbox> outbox;
};

void check_sum(const OutboxCounts& counts) {
    CHECK(counts.accepted == counts.delivered + counts.dropped() + counts.quarantined + counts.waiting);
}

TEST_CASE("what waits is shown as it was accepted, and nothing is written") {
    Fixture fixture;
    PublishOptions urgent;
    urgent.priority = Priority::alarm;
    urgent.durability = Durability::disk;
    urgent.time_to_live = std::chrono::hours(1);
    fixture.put("a", "1");
    fixture.put("b", "22", urgent);
    fixture.outbox.reset();
    const auto before = content_of(fixture.file.parent_path());

    const auto messages = fixture.messages();
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].message.topic == "a");
    CHECK(messages[0].priority == Priority::normal);
    CHECK(messages[0].accepted);
    CHECK_FALSE(messages[0].message.expires_after);
    CHECK(messages[1].message.payload == "22");
    CHECK(messages[1].priority == Priority::alarm);
    CHECK(messages[1].durability == Durability::disk);
    CHECK(messages[1].bytes == 3);
    CHECK(messages[1].message.expires_after.value_or(std::chrono::seconds(0)) > std::chrono::minutes(59));
    CHECK_FALSE(messages[1].is_expired);
    CHECK(messages[0].message.message_id != messages[1].message.message_id);
    CHECK_FALSE(fixture.look().is_damaged());
    CHECK(content_of(fixture.file.parent_path()) == before);
}

TEST_CASE("its ids are those that the messages are sent with") {
    Fixture fixture;
    fixture.put("a", "1");
    const auto taken = fixture.outbox->take(1);
    REQUIRE(taken);
    const std::string sent = base::to_text(taken->front().message_id);
    fixture.outbox.reset();
    CHECK(fixture.messages().front().message.message_id == sent);
}

TEST_CASE("strikes and what was set aside are shown") {
    Fixture fixture;
    fixture.put("a", "1");
    fixture.put("b", "2");
    const auto taken = fixture.outbox->take(2);
    REQUIRE(taken);
    REQUIRE(fixture.outbox->release_all({1}));
    REQUIRE(fixture.outbox->quarantine(2, "too large"));
    fixture.outbox.reset();
    const auto messages = fixture.messages();
    REQUIRE(messages.size() == 1);
    CHECK(messages.front().strikes == 1);
    auto stored = fixture.look();
    const auto aside = stored.quarantined();
    REQUIRE(aside);
    REQUIRE(aside->size() == 1);
    CHECK(aside->front().reason == "too large");
    check_sum(stored.counts());
}

TEST_CASE("what is given up leaves the file and is counted") {
    Fixture fixture;
    for (const auto* payload : {"1", "2", "3", "4"}) fixture.put("a", payload);
    fixture.outbox.reset();
    const auto dropped = StoredOutbox::drop(fixture.file, {2, 3, 99});
    REQUIRE(dropped);
    CHECK(*dropped == 2);
    const OutboxCounts counts = fixture.look().counts();
    CHECK(counts.dropped_purged == 2);
    CHECK(counts.dropped_stopped == 0);
    CHECK(counts.waiting == 2);
    check_sum(counts);
    fixture.outbox = fixture.open();
    CHECK(fixture.outbox->counts().dropped_purged == 2);
    check_sum(fixture.outbox->counts());
    const auto taken = fixture.outbox->take(10);
    REQUIRE(taken);
    REQUIRE(taken->size() == 2);
    CHECK(taken->front().id == 1);
    CHECK(taken->back().id == 4);
}

TEST_CASE("an outbox that is in use is neither shown nor changed") {
    Fixture fixture;
    fixture.put("a", "1");
    const auto shown = StoredOutbox::open(fixture.file);
    REQUIRE_FALSE(shown);
    CHECK(shown.error().code() == Code::in_use);
    const auto dropped = StoredOutbox::drop(fixture.file, {1});
    REQUIRE_FALSE(dropped);
    CHECK(dropped.error().code() == Code::in_use);
    CHECK(fixture.outbox->counts().waiting == 1);
}

TEST_CASE("where there is no outbox none is made") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "deep" / "o.db";
    CHECK(StoredOutbox::open(file).error().code() == Code::not_found);
    CHECK(StoredOutbox::drop(file, {1}).error().code() == Code::not_found);
    CHECK_FALSE(std::filesystem::exists(file.parent_path()));
}

TEST_CASE("damage is told, what is whole is shown, and the file is left as it is") {
    Fixture fixture;
    fixture.put("a", "payload-one");
    fixture.put("a", "payload-two");
    fixture.outbox.reset();
    auto bytes = content_of(fixture.file.parent_path())["o.db"];
    bytes.replace(bytes.find("payload-two"), 11, "payload-2wo");
    std::ofstream(fixture.file, std::ios::binary | std::ios::trunc) << bytes;

    auto stored = fixture.look();
    const auto read = stored.read(0, 100);
    REQUIRE(read);
    CHECK(read->size() == 1);
    CHECK(stored.is_damaged());
    CHECK(stored.counts().dropped_corrupt == 1);
    CHECK(content_of(fixture.file.parent_path())["o.db"] == bytes);
}

}  // namespace
}  // namespace muster::outbox

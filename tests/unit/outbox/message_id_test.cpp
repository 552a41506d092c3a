// SPDX-License-Identifier: Apache-2.0
// Message ids: the same however often a record is handed out, different for everything else.
#include "outbox/message_id.hpp"

#include "outbox/outbox.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace muster::outbox {
namespace {

std::unique_ptr<Outbox> open(const std::filesystem::path& path) {
    return Outbox::open(path, {}).value();
}

void put(Outbox& outbox, int count, Durability durability = Durability::process) {
    PublishOptions options;
    options.durability = durability;
    for (int i = 0; i < count; ++i) REQUIRE(outbox.accept({"t", "x", Qos::at_least_once, false}, options));
}

// What is in memory alone is stamped by the system's coarse clock.
constexpr std::int64_t clock_tick = 20;  // ms

std::vector<std::string> ids(Outbox& outbox) {
    std::vector<std::string> texts;
    const auto taken = outbox.take(1'000);
    REQUIRE(taken);
    for (const auto& record : *taken) texts.push_back(base::to_text(record.message_id));
    return texts;
}

TEST_CASE("a record has the same id after a lost connection and in the next process") {
    const test::TemporaryDirectory directory;
    std::vector<std::string> first;
    {
        const auto outbox = open(directory / "o.db");
        put(*outbox, 3);
        first = ids(*outbox);
        REQUIRE(first.size() == 3);
        outbox->release_all();
        CHECK(ids(*outbox) == first);
    }
    CHECK(ids(*open(directory / "o.db")) == first);
}

TEST_CASE("ids of one outbox are UUIDs v7 of the time of acceptance, sort as the messages were accepted, and do not repeat") {
    const test::TemporaryDirectory directory;
    const auto durability = GENERATE(Durability::memory, Durability::process);
    const auto outbox = open(directory / "o.db");
    const auto before = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    put(*outbox, 500, durability);
    const auto all = ids(*outbox);
    REQUIRE(all.size() == 500);
    CHECK(std::is_sorted(all.begin(), all.end()));
    CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
    for (const auto& id : {all.front(), all.back()}) {
        CHECK(id[14] == '7');
        CHECK(std::string("89ab").find(id[19]) != std::string::npos);
        const auto time = static_cast<std::int64_t>(base::parse_uuid(id)->high >> 16U);
        CHECK((time >= before - clock_tick && time < before + 60'000));
    }
}

TEST_CASE("another outbox, another time, another number or other words make another id") {
    store::Record record;
    record.id = 7;
    record.accepted_at = 1'767'225'600'000;
    record.message = {"t", "x", Qos::at_least_once, false};
    const base::Uuid outbox{1, 2};
    std::set<std::string> seen{base::to_text(message_id_of(record, outbox))};
    const auto is_new = [&](const store::Record& other, const base::Uuid& store) {
        return seen.insert(base::to_text(message_id_of(other, store))).second;
    };
    CHECK_FALSE(is_new(record, outbox));
    CHECK(is_new(record, {1, 3}));
    CHECK(is_new(record, {3, 2}));
    auto other = record;
    other.accepted_at += 1;
    CHECK(is_new(other, outbox));
    other = record;
    other.id += std::uint64_t{1} << 33U;  // Beyond the bits that stand in it as they are.
    CHECK(is_new(other, outbox));
    other = record;
    other.message.payload = "y";
    CHECK(is_new(other, outbox));
    other = record;
    other.message.topic = "u";
    CHECK(is_new(other, outbox));
    // A clock that was never set, or that is beyond 48 bits.
    other.accepted_at = -1;
    CHECK(is_new(other, outbox));
    CHECK(*seen.begin() == base::to_text(message_id_of(other, outbox)));
    other.accepted_at = std::int64_t{1} << 50U;
    CHECK(base::to_text(message_id_of(other, outbox)).substr(0, 13) == "ffffffff-ffff");
}

TEST_CASE("what stands for several records has an id of its own, by which and in which order they are") {
    const base::Uuid a{0x0123'4567'89AB'7CDE, 0x8000'0000'0000'0001};
    const base::Uuid b{0x0123'4567'89AB'7CDE, 0x8000'0400'0000'0002};
    const base::Uuid c{0x0123'4567'89AB'7CDE, 0x8000'0800'0000'0003};
    const auto ab = message_id_with(a, b);
    CHECK(base::to_text(ab) == base::to_text(message_id_with(a, b)));
    std::set<std::string> seen;
    for (const auto& id :
         {a, b, c, ab, message_id_with(a, c), message_id_with(ab, c), message_id_with(message_id_with(a, c), b), message_id_with(b, c)})
        seen.insert(base::to_text(id));
    CHECK(seen.size() == 8);
    CHECK(ab.high == a.high);
    CHECK(base::to_text(ab)[19] == '8');
}

}  // namespace
}  // namespace muster::outbox

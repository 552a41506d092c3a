// SPDX-License-Identifier: Apache-2.0
#include "store/memory_shelf.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace muster::store {
namespace {

// Small ones that share a block, some that fill one with a few others, and large ones.
std::string payload_of(RecordId id) {
    return std::string(id % 17 == 0 ? 3'000 : id % 5 == 0 ? 900 : 64, static_cast<char>('a' + id % 26));
}

// Some the same as the one's before, some not; and now and then one with a key.
std::string topic_of(RecordId id) {
    return "topic/" + std::to_string(id / 5 % 3);
}

std::string key_of(RecordId id) {
    return id % 7 == 0 ? "key" : "";
}

NewRecord record(RecordId id, const std::string& topic, const std::string& payload, const std::string& key) {
    return {id, {topic, payload, Qos::at_least_once, id % 2 == 0}, Durability::memory, Priority::high, 7, 9, key};
}

// Some of those that can be.
bool is_plain(RecordId id) {
    return id % 3 == 0 && key_of(id).empty() && payload_of(id).size() < 1'000;
}

void append(MemoryShelf& shelf, RecordId id) {
    const std::string topic = topic_of(id);
    const std::string payload = payload_of(id);
    const base::MessageTraits traits{Qos::at_least_once, Durability::memory, Priority::high, id % 2 == 0};
    if (is_plain(id)) return shelf.append(id, {topic, payload, 1 + id / 5 % 3, traits}, 7);
    shelf.append(record(id, topic, payload, key_of(id)));
}

TEST_CASE("whatever leaves, the others are found in their order with what they were given") {
    test::SeededRandom random(1);
    MemoryShelf shelf;
    std::map<RecordId, std::string> model;
    RecordId last = 0;
    for (int step = 0; step < 20'000; ++step) {
        // It fills up, then nearly everything leaves, again and again.
        const bool fills = (step / 2'500) % 2 == 0;
        if (random.next() % 10 < (fills ? 7U : 2U)) {
            last += 1 + random.next() % 3;
            model[last] = payload_of(last);
            append(shelf, last);
        } else if (last > 0) {
            const RecordId id = 1 + random.next() % last;
            const auto found = model.lower_bound(id);
            const RecordId leaves = found == model.end() ? id : found->first;
            CHECK(shelf.remove(leaves).has_value() == (model.erase(leaves) != 0));
        }
        if (step % 500 != 0) continue;
        std::optional<RecordId> id = shelf.next(0);
        for (const auto& [expected, payload] : model) {
            REQUIRE(id == expected);
            const auto read = shelf.read(expected);
            REQUIRE(read);
            CHECK(read->message.topic == topic_of(expected));
            CHECK(read->message.payload == payload);
            CHECK(read->key == key_of(expected));
            CHECK(read->message.retain == (expected % 2 == 0));
            CHECK(read->message.qos == Qos::at_least_once);
            CHECK(read->durability == Durability::memory);
            CHECK(read->priority == Priority::high);
            CHECK(read->accepted_at == 7);
            CHECK(read->expires == (is_plain(expected) ? 0 : 9));
            CHECK(shelf.listed(expected)->bytes == payload.size() + topic_of(expected).size() + key_of(expected).size());
            id = shelf.next(*id);
        }
        CHECK_FALSE(id);
        std::vector<Record> in_a_row;
        shelf.read(last / 3, last / 3 * 2, 100, in_a_row);
        auto next = model.upper_bound(last / 3);
        for (const auto& read : in_a_row) {
            REQUIRE(read.id == next->first);
            CHECK(read.message.payload == next->second);
            ++next;
        }
        CHECK((in_a_row.size() == 100 || next == model.end() || next->first >= last / 3 * 2));
        id = shelf.previous(highest_id);
        for (auto expected = model.rbegin(); expected != model.rend(); ++expected) {
            REQUIRE(id == expected->first);
            id = shelf.previous(*id);
        }
        CHECK_FALSE(id);
    }
}

TEST_CASE("a copy is one of its own") {
    MemoryShelf shelf;
    shelf.append(record(1, "t", "one", ""));
    MemoryShelf copy = shelf;
    MemoryShelf assigned;
    assigned.append(record(9, "t", "nine", ""));
    assigned = copy;
    copy.append(record(2, "t", "two", ""));
    assigned.append(record(3, "t", "three", ""));
    CHECK_FALSE(shelf.next(1));
    CHECK(copy.next(1) == 2);
    CHECK_FALSE(copy.next(2));
    CHECK(assigned.next(1) == 3);
    CHECK(assigned.read(1)->message.payload == "one");
    CHECK(assigned.read(3)->message.payload == "three");
    CHECK_FALSE(assigned.next(3));
}

}  // namespace
}  // namespace muster::store

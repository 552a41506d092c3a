// SPDX-License-Identifier: Apache-2.0
#include "store/memory_shelf.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <iterator>
#include <map>
#include <optional>
#include <string>

namespace muster::store {
namespace {

// Small ones that share a block, some that fill one with a few others, and large ones.
std::string payload_of(RecordId id) {
    return std::string(id % 17 == 0 ? 3'000 : id % 5 == 0 ? 900 : 64, static_cast<char>('a' + id % 26));
}

NewRecord record(RecordId id, const std::string& payload) {
    return {id, {"t", payload, Qos::at_least_once, id % 2 == 0}, Durability::memory, Priority::high, 7, 9, {}};
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
            shelf.append(record(last, model[last]));
        } else if (last > 0) {
            const RecordId id = 1 + random.next() % last;
            const auto found = model.lower_bound(id);
            const RecordId leaves = found == model.end() ? id : found->first;
            CHECK(shelf.remove(leaves) == (model.erase(leaves) != 0));
        }
        if (step % 500 != 0) continue;
        std::optional<RecordId> id = shelf.next(0);
        for (const auto& [expected, payload] : model) {
            REQUIRE(id == expected);
            const auto read = shelf.read(expected);
            REQUIRE(read);
            CHECK(read->message.payload == payload);
            CHECK(read->message.retain == (expected % 2 == 0));
            CHECK(read->expires == 9);
            CHECK(shelf.listed(expected)->bytes == payload.size() + 1);
            id = shelf.next(*id);
        }
        CHECK_FALSE(id);
        id = shelf.previous(highest_id);
        for (auto expected = model.rbegin(); expected != model.rend(); ++expected) {
            REQUIRE(id == expected->first);
            id = shelf.previous(*id);
        }
        CHECK_FALSE(id);
    }
}

}  // namespace
}  // namespace muster::store

// SPDX-License-Identifier: Apache-2.0
// A map by connection holds what std::map holds, whatever the ids are like.
#include "core/connection_map.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

namespace muster::test {
namespace {

using testbroker::core::ConnectionId;
using testbroker::core::ConnectionMap;

// As the network numbers them: the place in its table, and above it a count; some thousand places in a hundred ids are the worst.
ConnectionId id_of(std::uint64_t count, std::uint64_t place) {
    return count << 32U | place;
}

}  // namespace

TEST_CASE("over random operations a connection map has what a map has, each at its address") {
    SeededRandom random(21);
    ConnectionMap<std::string> ours;
    std::map<ConnectionId, const std::string*> expected;
    std::uint64_t count = 0;
    for (int operation = 0; operation < 20'000; ++operation) {
        const bool grows = operation / 1'000 % 2 == 0;
        if (grows) {
            const ConnectionId id = id_of(++count, base::draw_up_to(random, 40) * 64);
            expected[id] = &ours.add(id, std::to_string(id));
        } else if (!expected.empty()) {
            const auto least = expected.lower_bound(id_of(base::draw_up_to(random, static_cast<std::uint32_t>(count)), 0));
            const ConnectionId id = least == expected.end() ? expected.begin()->first : least->first;
            ours.erase(id);
            expected.erase(id);
            REQUIRE(ours.count(id) == 0);
        }
        if (operation % 100 != 0) continue;
        std::size_t visited = 0;
        for (const auto& [id, text] : ours) {
            REQUIRE(expected.at(id) == &text);
            REQUIRE(text == std::to_string(id));
            ++visited;
        }
        REQUIRE(visited == expected.size());
        for (const auto& [id, text] : expected) REQUIRE(&ours.find(id)->second == text);
    }
}

TEST_CASE("a connection map does not mind what it does not have") {
    ConnectionMap<int> map;
    CHECK(map.count(1) == 0);
    CHECK(map.begin() == map.end());
    map.erase(1);
    map.add(1, 11);
    map.add(17, 17);  // Beside it in the table.
    CHECK(map.count(33) == 0);
    map.erase(33);
    map.erase(1);
    CHECK(map.at(17) == 17);
    CHECK(map.find(1) == map.end());
}

}  // namespace muster::test

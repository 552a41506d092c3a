// SPDX-License-Identifier: Apache-2.0
// A table by text holds what a map holds.
#include "core/text_table.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace muster::test {
namespace {

struct Thing {
    explicit Thing(std::string of) : text(std::move(of)) {}
    std::string text;
};

}  // namespace

TEST_CASE("over random operations a table has what a map has, each at its address") {
    SeededRandom random(16);
    testbroker::core::TextTable<Thing> table;
    std::map<std::string, const Thing*> expected;
    for (int operation = 0; operation < 20'000; ++operation) {
        // It grows and shrinks by turns, down to nothing.
        const bool grows = operation / 1'000 % 2 == 0;
        const std::string text = std::to_string(base::draw_up_to(random, 300));
        if (grows) {
            const Thing* thing = &table.obtain(text);
            const auto [found, is_new] = expected.try_emplace(text, thing);
            REQUIRE(found->second == thing);
        } else if (const Thing* thing = table.find(text)) {
            REQUIRE(expected.at(text) == thing);
            table.erase(*thing);
            expected.erase(text);
        }
        REQUIRE(table.empty() == expected.empty());
        if (operation % 10 != 0) continue;
        for (int i = 0; i <= 300; ++i) {
            const auto found = expected.find(std::to_string(i));
            REQUIRE(table.find(std::to_string(i)) == (found == expected.end() ? nullptr : found->second));
        }
    }
}

}  // namespace muster::test

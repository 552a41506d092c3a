// SPDX-License-Identifier: Apache-2.0
// Counting unique messages.
#include "load/ledger.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <utility>

namespace muster::test {

using namespace fleet;

TEST_CASE("a message counts once however often it comes") {
    Ledger ledger(2);
    CHECK(ledger.record(0, 0) == Arrival::first);
    CHECK(ledger.record(0, 0) == Arrival::repeated);
    CHECK(ledger.record(1, 0) == Arrival::first);
    CHECK(ledger.unique() == 2);
    CHECK(ledger.repeated() == 1);
}

TEST_CASE("a message after a gap counts, and the gap can still be filled") {
    Ledger ledger(1);
    CHECK(ledger.record(0, 1'000) == Arrival::first);
    CHECK(ledger.out_of_order() == 0);
    CHECK(ledger.record(0, 3) == Arrival::first);
    CHECK(ledger.out_of_order() == 1);
    CHECK(ledger.record(0, 1'000) == Arrival::repeated);
    CHECK(ledger.unique() == 2);
}

TEST_CASE("what no publisher of ours can have sent is foreign") {
    Ledger ledger(3);
    CHECK(ledger.record(3, 0) == Arrival::foreign);
    CHECK(ledger.record(0, UINT64_MAX) == Arrival::foreign);
    CHECK(ledger.foreign() == 2);
    CHECK(ledger.unique() == 0);
}

TEST_CASE("the count is that of a set, whatever the order") {
    constexpr std::uint64_t seed = 20261121;
    SeededRandom random(seed);
    Ledger ledger(5);
    std::set<std::pair<std::uint32_t, std::uint64_t>> model;
    for (int i = 0; i < 20'000; ++i) {
        const auto publisher = static_cast<std::uint32_t>(random.next() % 5);
        const std::uint64_t sequence = random.next() % 3'000;
        const bool is_new = model.emplace(publisher, sequence).second;
        REQUIRE((ledger.record(publisher, sequence) == Arrival::first) == is_new);
    }
    CHECK(ledger.unique() == model.size());
    CHECK(ledger.unique() + ledger.repeated() == 20'000);
}

}  // namespace muster::test

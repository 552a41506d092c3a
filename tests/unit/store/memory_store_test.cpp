// SPDX-License-Identifier: Apache-2.0
// What is particular to records in memory; what all stores have in common is in record_store_test.cpp.
#include "store/memory_store.hpp"

#include "support/records.hpp"

#include <catch2/catch.hpp>

namespace muster::store {
namespace {

TEST_CASE("records in memory are gone with their store") {
    {
        MemoryStore store;
        REQUIRE(store.append(test::record_of(1)));
    }
    MemoryStore store;
    CHECK(store.last_id() == 0);
    CHECK(store.read_after(0, 10)->empty());
}

}  // namespace
}  // namespace muster::store

// SPDX-License-Identifier: Apache-2.0
// What every store promises, asked of each.
#include "store/record_store.hpp"

#include "store/memory_store.hpp"
#include "store/sqlite_store.hpp"
#include "support/records.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

namespace muster::store {
namespace {

using test::ids_of;
using test::record_of;
using test::same;

struct InMemory {
    std::unique_ptr<RecordStore> store = std::make_unique<MemoryStore>();
};
struct OnDisk {
    test::TemporaryDirectory directory;
    std::unique_ptr<RecordStore> store = std::move(SqliteStore::open(directory / "o.db", OutboxLimits{}).value());
};

TEMPLATE_TEST_CASE("records come back as they were, lowest id first", "", InMemory, OnDisk) {
    TestType with;
    for (const RecordId id : {1U, 2U, 5U, 11U}) REQUIRE(with.store->append(record_of(id, id * 100, Durability::process)));
    REQUIRE(with.store->append(record_of(12, 0)));
    const auto all = with.store->read_after(0, 100);
    REQUIRE(all);
    REQUIRE(ids_of(*all) == std::vector<RecordId>{1, 2, 5, 11, 12});
    for (const auto& record : *all) CHECK(same(record, record_of(record.id, record.id == 12 ? 0 : record.id * 100)));
    CHECK(ids_of(*with.store->read_after(2, 2)) == std::vector<RecordId>{5, 11});
    CHECK(ids_of(*with.store->read_after(12, 2)).empty());
    CHECK(with.store->last_id() == 12);
}

TEMPLATE_TEST_CASE("every removal goes to its account, and the accounts balance", "", InMemory, OnDisk) {
    TestType with;
    for (RecordId id = 1; id <= 20; ++id) REQUIRE(with.store->append(record_of(id, 10)));
    const std::uint64_t each = record_of(1, 10).bytes();
    CHECK(with.store->accounts().waiting_bytes == 20 * each);
    REQUIRE(with.store->remove({1, 2, 3, 4, 5}, Removal::delivered));
    REQUIRE(with.store->remove({6, 7, 8, 9}, Removal::overflow));
    REQUIRE(with.store->remove({10, 11, 12}, Removal::rejected));
    REQUIRE(with.store->remove({13, 14}, Removal::corrupt));
    REQUIRE(with.store->remove({15}, Removal::stopped));
    const Accounts& accounts = with.store->accounts();
    CHECK(accounts.accepted == 20);
    CHECK(accounts.delivered == 5);
    CHECK(accounts.overflow == 4);
    CHECK(accounts.rejected == 3);
    CHECK(accounts.corrupt == 2);
    CHECK(accounts.stopped == 1);
    CHECK(accounts.waiting == 5);
    CHECK(accounts.waiting_bytes == 5 * each);
    CHECK(test::balance(accounts));
}

TEMPLATE_TEST_CASE("removing what is not there changes nothing", "", InMemory, OnDisk) {
    TestType with;
    REQUIRE(with.store->append(record_of(1)));
    REQUIRE(with.store->remove({1, 1, 7}, Removal::delivered));
    REQUIRE(with.store->remove({1}, Removal::delivered));
    REQUIRE(with.store->remove({}, Removal::delivered));
    CHECK(with.store->accounts().delivered == 1);
    CHECK(with.store->accounts().waiting == 0);
    CHECK(with.store->accounts().waiting_bytes == 0);
}

TEMPLATE_TEST_CASE("a store takes over the accounts of one that is closed", "", InMemory, OnDisk) {
    TestType with;
    REQUIRE(with.store->append(record_of(1)));
    Accounts closed;
    closed.accepted = 9;
    closed.delivered = 4;
    closed.overflow = 2;
    closed.stopped = 3;
    REQUIRE(with.store->add(closed));
    CHECK(with.store->accounts().accepted == 10);
    CHECK(with.store->accounts().stopped == 3);
    CHECK(with.store->accounts().waiting == 1);
    CHECK(test::balance(with.store->accounts()));
}

}  // namespace
}  // namespace muster::store

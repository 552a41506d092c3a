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
    std::uint64_t bytes = 0;
    for (RecordId id = 1; id <= 21; ++id) {
        REQUIRE(with.store->append(record_of(id, 10)));
        bytes += record_of(id, 10).bytes();
    }
    CHECK(with.store->accounts().waiting_bytes == bytes);
    REQUIRE(with.store->remove({1, 2, 3, 4, 5}, Removal::delivered));
    REQUIRE(with.store->remove({6, 7, 8, 9}, Removal::overflow));
    REQUIRE(with.store->remove({10, 11, 12}, Removal::rejected));
    REQUIRE(with.store->remove({13, 14}, Removal::corrupt));
    REQUIRE(with.store->remove({15}, Removal::stopped));
    REQUIRE(with.store->remove({16}, Removal::expired));
    REQUIRE(with.store->remove({17}, Removal::superseded));
    REQUIRE(with.store->remove({18}, Removal::quarantined));
    REQUIRE(with.store->remove({21}, Removal::purged));
    const Accounts& accounts = with.store->accounts();
    CHECK(accounts.accepted == 21);
    CHECK(accounts.delivered == 5);
    CHECK(accounts.overflow == 4);
    CHECK(accounts.rejected == 3);
    CHECK(accounts.corrupt == 2);
    CHECK(accounts.stopped == 1);
    CHECK(accounts.expired == 1);
    CHECK(accounts.superseded == 1);
    CHECK(accounts.purged == 1);
    CHECK(accounts.quarantined == 1);
    CHECK(accounts.waiting == 2);
    CHECK(accounts.waiting_bytes == record_of(19, 10).bytes() + record_of(20, 10).bytes());
    CHECK(test::balance(accounts));
}

TEMPLATE_TEST_CASE("a class is read and listed on its own, from either end", "", InMemory, OnDisk) {
    TestType with;
    for (RecordId id = 1; id <= 20; ++id) REQUIRE(with.store->append(record_of(id)));
    // Priority is the id modulo 4.
    CHECK(ids_of(*with.store->read({Priority::alarm, 0, highest_id, DrainOrder::oldest_first}, 3)) == std::vector<RecordId>{3, 7, 11});
    CHECK(ids_of(*with.store->read({Priority::alarm, 7, 19, DrainOrder::oldest_first}, 9)) == std::vector<RecordId>{11, 15});
    CHECK(ids_of(*with.store->read({Priority::bulk, 0, highest_id, DrainOrder::newest_first}, 2)) == std::vector<RecordId>{20, 16});
    CHECK(ids_of(*with.store->read({Priority::bulk, 4, 16, DrainOrder::newest_first}, 9)) == std::vector<RecordId>{12, 8});
    CHECK(with.store->read({Priority::bulk, 16, 4, DrainOrder::newest_first}, 9)->empty());
    const auto listed = with.store->list(Priority::high, 2, 2);
    REQUIRE(listed);
    REQUIRE(listed->size() == 2);
    CHECK((*listed)[0].id == 6);
    CHECK((*listed)[0].bytes == record_of(6).bytes());
    CHECK((*listed)[1].id == 10);
    CHECK((*listed)[1].priority == Priority::high);
    CHECK(with.store->accounts().of(Priority::high).messages == 5);
}

TEMPLATE_TEST_CASE("records are found by key, and by when they expire", "", InMemory, OnDisk) {
    TestType with;
    for (RecordId id = 1; id <= 40; ++id) REQUIRE(with.store->append(record_of(id)));
    const auto same_key = with.store->with_key("key 4");
    REQUIRE(same_key);
    REQUIRE(same_key->size() == 2);
    CHECK((*same_key)[0].id == 4);
    CHECK((*same_key)[1].id == 40);
    CHECK(with.store->with_key("key")->empty());
    CHECK(*with.store->expired(8'999, 10) == std::vector<RecordId>{3, 6});
    CHECK(*with.store->expired(9'000, 10) == std::vector<RecordId>{3, 6, 9});
    CHECK(*with.store->expired(9'000, 2) == std::vector<RecordId>{3, 6});
    REQUIRE(with.store->remove({3, 4}, Removal::expired));
    CHECK(*with.store->expired(9'000, 2) == std::vector<RecordId>{6, 9});
    CHECK(with.store->with_key("key 4")->size() == 1);
}

TEMPLATE_TEST_CASE("what gives way leaves in the transaction of what comes", "", InMemory, OnDisk) {
    TestType with;
    for (RecordId id = 1; id <= 3; ++id) REQUIRE(with.store->append(record_of(id)));
    REQUIRE(with.store->append(record_of(4), {{1, 3}, Removal::superseded}));
    CHECK(ids_of(*with.store->read_after(0, 9)) == std::vector<RecordId>{2, 4});
    CHECK(with.store->accounts().superseded == 2);
    CHECK(test::balance(with.store->accounts()));
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
    closed.accepted = 10;
    closed.delivered = 4;
    closed.overflow = 2;
    closed.stopped = 3;
    closed.purged = 1;
    REQUIRE(with.store->add(closed));
    CHECK(with.store->accounts().accepted == 11);
    CHECK(with.store->accounts().stopped == 3);
    CHECK(with.store->accounts().purged == 1);
    CHECK(with.store->accounts().waiting == 1);
    CHECK(test::balance(with.store->accounts()));
}

}  // namespace
}  // namespace muster::store

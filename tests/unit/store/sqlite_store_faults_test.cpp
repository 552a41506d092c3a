// SPDX-License-Identifier: Apache-2.0
// A disk that is full, or fails: what is accepted stays, what is sent can leave.
#include "store/outbox_file.hpp"
#include "store/sqlite_store.hpp"
#include "support/fault_vfs.hpp"
#include "support/records.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace muster::store {
namespace {

using test::FaultVfs;
using test::record_of;

std::unique_ptr<RecordStore> open(const std::filesystem::path& path) {
    auto store = SqliteStore::open(path, OutboxLimits{});
    if (!store) FAIL(store.error().message());
    return std::move(*store);
}

TEST_CASE("a full disk refuses new records, keeps the accepted ones, and can be drained to the last") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    const std::size_t payload = GENERATE(64U, 1'000U, 6'000U);
    auto store = open(directory / "o.db");
    // The disk is full to the last byte; only the ballast's can be had.
    FaultVfs::set_capacity(2U << 20U);
    RecordId id = 0;
    std::set<RecordId> accepted;
    int refused = 0;
    while (refused < 20) {
        const auto stored = store->append(record_of(++id, payload));
        if (stored) {
            accepted.insert(id);
            continue;
        }
        ++refused;
        CHECK(stored.error().code() == Code::no_space);
        CHECK_FALSE(stored.error().hint().empty());
    }
    CHECK(store->accounts().waiting == accepted.size());
    FaultVfs::set_capacity(FaultVfs::used());
    REQUIRE(test::balance(store->accounts()));
    bool released = false;
    while (store->accounts().waiting > 0) {
        const auto records = store->read_after(0, 32);
        REQUIRE(records);
        REQUIRE_FALSE(records->empty());
        for (const auto& record : *records) {
            CHECK(test::same(record, record_of(record.id, payload)));
            CHECK(accepted.count(record.id) == 1);
        }
        auto removed = store->remove(test::ids_of(*records), Removal::delivered);
        // What the ballast gave up is what the disk has now.
        if (!released && !std::filesystem::exists(directory / "o.db.ballast")) {
            released = true;
            FaultVfs::set_capacity(FaultVfs::used() + (1U << 20U));
            removed = store->remove(test::ids_of(*records), Removal::delivered);
        }
        if (!removed) FAIL(removed.error().message());
        REQUIRE(test::balance(store->accounts()));
    }
    CHECK(released);
    CHECK(store->accounts().delivered == accepted.size());
    CHECK(store->accounts().accepted == accepted.size());
    FaultVfs::set_unlimited();
    REQUIRE(store->append(record_of(++id)));
    store.reset();
    CHECK(open(directory / "o.db")->accounts().waiting == 1);
}

TEST_CASE("a disk that is full at the start still opens an outbox, for draining") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    {
        const auto store = open(directory / "o.db");
        for (RecordId id = 1; id <= 50; ++id) REQUIRE(store->append(record_of(id)));
    }
    FaultVfs::set_capacity(std::filesystem::file_size(directory / "o.db") + 16'384);
    const auto store = open(directory / "o.db");
    CHECK(store->read_after(0, 100)->size() == 50);
}

TEST_CASE("a new outbox on a full disk is refused and leaves nothing that hinders the next start") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    FaultVfs::set_capacity(4'096);
    const auto refused = SqliteStore::open(directory / "o.db", OutboxLimits{});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::no_space);
    FaultVfs::set_unlimited();
    CHECK(open(directory / "o.db")->append(record_of(1)));
}

TEST_CASE("a sync that fails never makes a record vanish, and the store goes on") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    auto store = open(directory / "o.db");
    std::set<RecordId> accepted;
    int failures = 0;
    for (RecordId id = 1; id <= 400; ++id) {
        if (id % 7 == 0) FaultVfs::fail_sync(static_cast<int>(id % 3) + 1);
        const auto stored = store->append(record_of(id, 700, id % 2 == 0 ? Durability::disk : Durability::process));
        FaultVfs::fail_sync(0);
        if (stored) accepted.insert(id);
        failures += stored ? 0 : 1;
        REQUIRE(test::balance(store->accounts()));
    }
    store.reset();
    store = open(directory / "o.db");
    std::set<RecordId> found;
    const auto records = store->read_after(0, 1'000);
    for (const auto& record : *records) found.insert(record.id);
    for (const RecordId id : accepted) CHECK(found.count(id) == 1);
    CHECK(store->accounts().accepted == found.size());
    WARN(failures << " appends failed, " << accepted.size() << " accepted, " << found.size() << " found");
}

TEST_CASE("a failing disk at any write loses nothing that was accepted") {
    for (int at = 1; at <= 60; ++at) {
        const test::TemporaryDirectory directory;
        const FaultVfs disk;
        auto store = open(directory / "o.db");
        std::set<RecordId> accepted;
        std::set<RecordId> removed;
        FaultVfs::fail_write(at);
        for (RecordId id = 1; id <= 12; ++id) {
            if (store->append(record_of(id, 900))) accepted.insert(id);
            if (id % 4 == 0 && store->remove({id - 1, id - 2}, Removal::delivered)) removed.insert({id - 1, id - 2});
            REQUIRE(test::balance(store->accounts()));
        }
        FaultVfs::fail_write(0);
        store.reset();
        store = open(directory / "o.db");
        std::set<RecordId> found;
        const auto records = store->read_after(0, 100);
        for (const auto& record : *records) found.insert(record.id);
        INFO("write " << at);
        for (const RecordId id : accepted) CHECK((found.count(id) == 1) != (removed.count(id) == 1));
        CHECK(test::balance(store->accounts()));
        CHECK(store->accounts().corrupt == 0);
    }
}

TEST_CASE("a disk record waits for the disk, a process record does not") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    const auto store = open(directory / "o.db");
    REQUIRE(store->append(record_of(1)));
    int before = FaultVfs::syncs();
    for (RecordId id = 2; id <= 11; ++id) REQUIRE(store->append(record_of(id, 20, Durability::process)));
    CHECK(FaultVfs::syncs() == before);
    before = FaultVfs::syncs();
    for (RecordId id = 12; id <= 21; ++id) REQUIRE(store->append(record_of(id, 20, Durability::disk)));
    CHECK(FaultVfs::syncs() >= before + 10);
}

}  // namespace
}  // namespace muster::store

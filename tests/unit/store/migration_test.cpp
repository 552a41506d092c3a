// SPDX-License-Identifier: Apache-2.0
// Files that an older muster made go on in this one: each file beside this test was made by the code of its format.
#include "store/migration.hpp"

#include "base/files.hpp"
#include "store/outbox_file.hpp"
#include "store/sqlite_store.hpp"
#include "support/fault_vfs.hpp"
#include "support/records.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>

namespace muster::store {
namespace {

namespace fs = std::filesystem;
using test::FaultVfs;

std::unique_ptr<RecordStore> open(const fs::path& path) {
    auto store = SqliteStore::open(path, OutboxLimits{});
    if (!store) FAIL(store.error().message());
    return std::move(*store);
}

void bring(const std::string& name, const fs::path& path) {
    const fs::path made = fs::path(MUSTER_OUTBOX_FORMATS) / name;
    fs::copy_file(made, path);
    if (fs::exists(made.string() + "-wal")) fs::copy_file(made.string() + "-wal", path.string() + "-wal");
}

// What record_of made when the file was made: without what came later.
Record old_record_of(RecordId id) {
    Record record = test::record_of(id, 40, id % 3 == 0 ? Durability::disk : Durability::process);
    record.priority = Priority::normal;
    record.accepted_at = 0;
    record.expires = 0;
    record.key.clear();
    record.message.properties.reset();
    return record;
}

Record format_2_record_of(RecordId id) {
    Record record = test::record_of(id, 40);
    record.message.properties.reset();
    return record;
}

void check_records(RecordStore& store, RecordId first, RecordId last) {
    const auto records = store.read({Priority::normal}, 100);
    REQUIRE(records);
    REQUIRE(records->size() == last - first + 1);
    for (const auto& record : *records) CHECK(test::same(record, old_record_of(record.id)));
    CHECK(records->front().id == first);
    CHECK(records->back().id == last);
}

std::uint32_t version_in_header(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    file.seekg(60);
    std::uint32_t version = 0;
    for (int i = 0; i < 4; ++i) version = (version << 8U) | static_cast<unsigned>(file.get());
    return version;
}

TEST_CASE("an outbox of format 1 goes on with its records and accounts, and takes everything new") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    bring("format_1.db", path);
    REQUIRE(version_in_header(path) == 1);
    for (int opening = 0; opening < 2; ++opening) {
        INFO("opening " << opening);
        const auto store = open(path);
        CHECK(version_in_header(path) == this_format);
        check_records(*store, 6, 12);
        const Accounts& accounts = store->accounts();
        CHECK(accounts.accepted == 15);
        CHECK(accounts.delivered == 4);
        CHECK(accounts.overflow == 1);
        CHECK(accounts.rejected == 1);
        CHECK(accounts.stopped == 2);
        CHECK(accounts.waiting == 7);
        CHECK(test::balance(accounts));
        CHECK(store->last_id() == 12);
    }
    const auto store = open(path);
    REQUIRE(store->append(test::record_of(40)));
    CHECK(test::same(store->read({Priority::bulk}, 5)->front(), test::record_of(40)));
    CHECK(store->with_key("key 4")->size() == 1);
    REQUIRE(store->remove({6, 7, 40}, Removal::delivered));
    CHECK(test::balance(store->accounts()));
}

TEST_CASE("an outbox of format 2 goes on with its records, accounts and quarantine, and takes properties") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    bring("format_2.db", path);
    REQUIRE(version_in_header(path) == 2);
    const auto check_old = [](RecordStore& store) {
        const auto records = store.read_after(0, 100);
        REQUIRE(records);
        REQUIRE(test::ids_of(*records) == std::vector<RecordId>{6, 7, 8, 9, 10, 11, 12});
        for (const auto& record : *records) CHECK(test::same(record, format_2_record_of(record.id)));
        REQUIRE(store.quarantined()->size() == 1);
        CHECK(test::same(store.quarantined()->front().record, format_2_record_of(4)));
        CHECK(store.quarantined()->front().reason == "because");
    };
    for (int opening = 0; opening < 2; ++opening) {
        const auto store = open(path);
        CHECK(version_in_header(path) == this_format);
        check_old(*store);
        CHECK(store->accounts().accepted == 12);
        CHECK(store->accounts().delivered == 3);
        CHECK(store->accounts().expired == 1);
        CHECK(test::balance(store->accounts()));
    }
    const auto store = open(path);
    REQUIRE(store->append(test::record_of(13)));
    REQUIRE(store->append(test::record_of(19)));
    CHECK(test::same(store->read_after(12, 1)->front(), test::record_of(13)));
    REQUIRE(store->quarantine(13, "unfit"));
    CHECK(test::same(store->quarantined()->back().record, test::record_of(13)));
    REQUIRE(store->remove({19}, Removal::delivered));
    CHECK(test::balance(store->accounts()));
}

TEST_CASE("an outbox of format 3 goes on with its records, accounts, name and time, and counts what is purged") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    bring("format_3.db", path);
    REQUIRE(version_in_header(path) == 3);
    for (const std::uint64_t purged : {0U, 2U}) {
        const auto store = open(path);
        CHECK(version_in_header(path) == this_format);
        const auto records = store->read_after(0, 100);
        REQUIRE(records);
        REQUIRE(records->size() == 7 - purged);
        for (const auto& record : *records) CHECK(test::same(record, test::record_of(record.id, 40)));
        REQUIRE(store->quarantined()->size() == 1);
        CHECK(test::same(store->quarantined()->front().record, test::record_of(4, 40)));
        const Accounts& accounts = store->accounts();
        CHECK(accounts.accepted == 13);
        CHECK(accounts.delivered == 2);
        CHECK(accounts.overflow == 1);
        CHECK(accounts.stopped == 1);
        CHECK(accounts.expired == 1);
        CHECK(accounts.purged == purged);
        CHECK(accounts.quarantined == 1);
        CHECK(test::balance(accounts));
        CHECK(store->last_id() == 13);
        CHECK(store->name().high == 0x6073'0382'63B0'A6CD);
        CHECK(store->name().low == 0x777D'8E56'0EE9'590A);
        CHECK(store->time().age == 1'234);
        CHECK(store->time().boot == 77);
        CHECK(store->time().since_boot == 5'678);
        CHECK(store->time().wall == 1'700'000'000'000);
        CHECK(store->time().is_wall_synchronised);
        if (purged == 0) REQUIRE(store->remove({6, 9}, Removal::purged));
    }
}

TEST_CASE("what a killed process of format 3 had not counted yet is counted, whether its outbox is whole or damaged") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    bring("format_3_killed.db", path);
    const auto change = GENERATE(as<std::string>(), "", "UPDATE record SET topic='x' WHERE id=3");
    if (!change.empty()) {
        const auto damaged = connect(path);
        REQUIRE(damaged);
        REQUIRE(execute(**damaged, change.c_str()));
    }
    const std::uint64_t damaged = change.empty() ? 0 : 1;
    REQUIRE(open(path)->read_after(0, 100));  // A damaged row is found when it is read.
    for (int opening = 0; opening < 2; ++opening) {
        const auto store = open(path);
        CHECK(version_in_header(path) == this_format);
        CHECK(store->read_after(0, 100)->size() == 2 - damaged);
        CHECK(store->accounts().accepted == 4);
        CHECK(store->accounts().delivered == 2);
        CHECK(store->accounts().corrupt == damaged);
        CHECK(test::balance(store->accounts()));
        CHECK(store->last_id() == 4);
    }
    const auto store = open(path);
    REQUIRE(store->append(test::record_of(5)));
    CHECK(test::balance(store->accounts()));
}

TEST_CASE("a damaged outbox of format 2 or 3 is saved, too") {
    const bool is_format_2 = GENERATE(true, false);
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    bring(is_format_2 ? "format_2.db" : "format_3.db", path);
    // Of accounts that do not hold everything begins again; of others only what was lost is counted.
    const auto change = GENERATE(as<std::string>(), "UPDATE account SET delivered=delivered+1", "DELETE FROM record WHERE id=8");
    {
        const auto damaged = connect(path);
        REQUIRE(damaged);
        REQUIRE(execute(**damaged, change.c_str()));
    }
    const auto store = open(path);
    const auto records = store->read_after(0, 100);
    REQUIRE(records);
    const bool begins_again = change.find("account") != std::string::npos;
    CHECK(records->size() == (begins_again ? 7 : 6));
    CHECK(store->accounts().corrupt == (begins_again ? 0 : 1));
    CHECK(store->accounts().accepted == (begins_again ? 7 : is_format_2 ? 12 : 13));
    CHECK(store->accounts().expired == (begins_again ? 0 : 1));
    CHECK(test::balance(store->accounts()));
}

TEST_CASE("an outbox of a newer version whose header does not say so yet is refused, not repaired") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    open(path);
    const std::string whole = base::load_file(path, 1U << 24U).value();
    {
        const auto database = connect(path);
        REQUIRE(execute(**database, ("PRAGMA user_version=" + std::to_string(this_format + 1)).c_str()));
        // As a kill leaves it: the file as it was, and the log.
        fs::copy_file(log_of(path), log_of(directory / "killed.db"));
    }
    std::ofstream(directory / "killed.db", std::ios::binary) << whole;
    REQUIRE(version_in_header(directory / "killed.db") == this_format);
    const auto refused = SqliteStore::open(directory / "killed.db", OutboxLimits{});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::invalid_argument);
    CHECK(refused.error().message().find("newer version of muster (format " + std::to_string(this_format + 1) + ")") != std::string::npos);
}

TEST_CASE("what a killed process left in the log of format 1 is there as well") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    bring("format_1_killed.db", path);
    const auto store = open(path);
    check_records(*store, 3, 4);
    CHECK(store->accounts().accepted == 4);
    CHECK(store->accounts().delivered == 2);
    CHECK(version_in_header(path) == this_format);
}

TEST_CASE("a damaged outbox of format 1 is saved into one of this format") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    bring("format_1.db", path);
    {
        const auto damaged = connect(path);
        REQUIRE(damaged);
        const auto change = GENERATE(as<std::string>(), "UPDATE record SET topic='x' WHERE id=8", "DELETE FROM record WHERE id=8");
        REQUIRE(execute(**damaged, change.c_str()));
    }
    const auto store = open(path);
    const auto records = store->read({Priority::normal}, 100);
    REQUIRE(records);
    CHECK(records->size() == 6);
    CHECK(store->accounts().corrupt == 1);
    CHECK(store->accounts().accepted == 15);
    CHECK(test::balance(store->accounts()));
}

TEST_CASE("a full disk holds up neither the change of the format nor the draining") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    bring("format_1.db", path);
    const FaultVfs disk;
    // Room for the transaction's log alone, not for the indexes behind it.
    FaultVfs::set_capacity(16'384 + 40'000);
    auto store = SqliteStore::open(path, OutboxLimits{});
    if (!store) FAIL(store.error().message());
    check_records(**store, 6, 12);
    FaultVfs::set_capacity(FaultVfs::used() + (1U << 20U));  // What the ballast gives.
    REQUIRE((*store)->remove({6, 7, 8}, Removal::delivered));
    CHECK((*store)->accounts().delivered == 7);
    store = Error{Code::stopped, "closed"};
    FaultVfs::set_unlimited();
    store = SqliteStore::open(path, OutboxLimits{});
    REQUIRE(store);
    check_records(**store, 9, 12);
}

TEST_CASE("a change of the format that fails at any write or sync leaves the file as it was, for the next start") {
    const std::string name = GENERATE("format_1.db", "format_2.db", "format_3.db");
    for (int at = 1;; ++at) {
        const test::TemporaryDirectory directory;
        const auto path = directory / "o.db";
        bring(name, path);
        const FaultVfs disk;
        if (at % 2 == 0) FaultVfs::fail_write(at / 2);
        if (at % 2 == 1) FaultVfs::fail_sync(at / 2 + 1);
        const bool opened = SqliteStore::open(path, OutboxLimits{}).ok();
        FaultVfs::fail_write(0);
        FaultVfs::fail_sync(0);
        INFO("fault " << at << ", opened " << opened);
        const auto store = open(path);
        CHECK(test::ids_of(*store->read_after(0, 100)) == std::vector<RecordId>{6, 7, 8, 9, 10, 11, 12});
        CHECK(store->accounts().accepted == (name == "format_1.db" ? 15 : name == "format_2.db" ? 12 : 13));
        CHECK(store->accounts().corrupt == 0);
        if (at > 60) break;
    }
}

TEST_CASE("without its indexes an outbox does everything, and a later start makes them") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    {
        const auto store = open(path);
        for (RecordId id = 1; id <= 40; ++id) REQUIRE(store->append(test::record_of(id)));
    }
    {
        const auto database = connect(path);
        REQUIRE(execute(**database, "DROP INDEX by_other_class;DROP INDEX by_key;DROP INDEX by_expiry"));
    }
    const FaultVfs disk;
    FaultVfs::set_capacity(1);
    {
        const auto store = open(path);
        CHECK(test::ids_of(*store->read({Priority::alarm}, 2)) == std::vector<RecordId>{3, 7});
        CHECK(store->with_key("key 4")->size() == 2);
        CHECK(*store->expired(3'000, 9) == std::vector<RecordId>{3});
    }
    FaultVfs::set_unlimited();
    open(path);
    const auto database = connect(path);
    CHECK(query_integer(**database, "SELECT count(*) FROM sqlite_schema WHERE type='index'") == 3);
}

TEST_CASE("a row that its class's index does not lead to is found") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "o.db";
    {
        const auto store = open(path);
        for (RecordId id = 1; id <= 40; ++id) REQUIRE(store->append(test::record_of(id)));
    }
    {
        const auto database = connect(path);
        REQUIRE(execute(**database,
                        "PRAGMA writable_schema=ON;"
                        "UPDATE sqlite_schema SET sql='CREATE INDEX by_other_class ON record(class) WHERE class<>1 AND id<>7' WHERE "
                        "name='by_other_class'"));
    }
    {
        const auto database = connect(path);
        REQUIRE(execute(**database, "REINDEX by_other_class"));
        REQUIRE(execute(
            **database,
            "PRAGMA writable_schema=ON;"
            "UPDATE sqlite_schema SET sql='CREATE INDEX by_other_class ON record(class) WHERE class<>1' WHERE name='by_other_class'"));
    }
    const auto store = open(path);
    CHECK(test::ids_of(*store->read({Priority::alarm}, 100)) == std::vector<RecordId>{3, 7, 11, 15, 19, 23, 27, 31, 35, 39});
    CHECK(store->accounts().corrupt == 0);
}

}  // namespace
}  // namespace muster::store

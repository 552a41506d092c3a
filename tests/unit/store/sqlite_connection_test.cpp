// SPDX-License-Identifier: Apache-2.0
// An outbox's file opened and checked.
#include "store/sqlite_connection.hpp"

#include "store/outbox_file.hpp"
#include "support/records.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

namespace muster::store {
namespace {

struct Fixture {
    Fixture() {
        auto made = begin_new(path);
        REQUIRE(made);
        {
            Statement account(**made, write_account_sql);
            REQUIRE(write_account(account, AccountRow{}));
        }
        REQUIRE(install(std::move(*made), path));
    }
    std::unique_ptr<SqliteConnection> open() { return std::move(SqliteConnection::open(path, Check::always).value()); }
    test::TemporaryDirectory directory;
    std::filesystem::path path = directory / "o.db";
};

void insert(SqliteConnection& connection, RecordId first, RecordId last, std::size_t bytes) {
    auto row = connection.load().value();
    REQUIRE(connection.transact(Durability::process, "x", [&] {
        for (RecordId id = first; id <= last; ++id) {
            if (!write_record(connection.insert, test::record_of(id, bytes))) return false;
            row.last_id = id;
            ++row.accounts.accepted;
        }
        return write_account(connection.account, row);
    }));
}

TEST_CASE("a transaction that fails in the middle leaves nothing behind") {
    Fixture fixture;
    const auto connection = fixture.open();
    const auto done = connection->transact(Durability::process, "x", [&] {
        return write_record(connection->insert, test::record_of(1)) && write_record(connection->insert, test::record_of(1));
    });
    REQUIRE_FALSE(done);
    CHECK(query_integer(connection->database(), "SELECT count(*) FROM record") == 0);
    insert(*connection, 1, 1, 10);
    CHECK(connection->load()->accounts.waiting == 1);
}

TEST_CASE("disk means synchronous FULL, process means NORMAL") {
    Fixture fixture;
    const auto connection = fixture.open();
    const auto level = [&] { return query_integer(connection->database(), "PRAGMA synchronous"); };
    REQUIRE(connection->transact(Durability::disk, "x", [&] { return level() == 2; }));
    REQUIRE(connection->transact(Durability::process, "x", [&] { return level() == 1; }));
    REQUIRE(connection->transact(Durability::disk, "x", [&] { return level() == 2; }));
}

TEST_CASE("a file that holds more or less than its accounts say is damaged") {
    Fixture fixture;
    const auto connection = fixture.open();
    insert(*connection, 11, 15, 10);
    REQUIRE(connection->load());
    SECTION("less") {
        REQUIRE(execute(connection->database(), "DELETE FROM record WHERE id=13"));
    }
    SECTION("more") {
        REQUIRE(execute(connection->database(),
                        "INSERT INTO record SELECT id-10,flags,class,accepted,expires,crc,key,properties,topic,payload FROM record"));
    }
    SECTION("no accounts") {
        REQUIRE(execute(connection->database(), "DELETE FROM account"));
    }
    const auto loaded = connection->load();
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code() == Code::corrupt);
}

TEST_CASE("what came after the accounts were written is counted, and stays in the log until they are") {
    Fixture fixture;
    {
        const auto connection = fixture.open();
        insert(*connection, 1, 5, 10);
        CHECK_FALSE(connection->are_accounts_behind());
        connection->set_accounts_behind(true);
        for (RecordId id = 6; id <= 205; ++id)
            REQUIRE(
                connection->transact(Durability::process, "x", [&] { return write_record(connection->insert, test::record_of(id, 10)); }));
        CHECK(connection->is_log_full());
    }
    REQUIRE(std::filesystem::file_size(log_of(fixture.path)) > 200 * page_bytes);
    const auto connection = fixture.open();
    const auto loaded = connection->load();
    REQUIRE(loaded);
    CHECK(connection->are_accounts_behind());
    CHECK(loaded->accounts.accepted == 205);
    CHECK(loaded->last_id == 205);
    connection->set_accounts_behind(false);
    REQUIRE(connection->transact(Durability::process, "x", [&] { return write_account(connection->account, *loaded); }));
    REQUIRE(connection->load());
    CHECK_FALSE(connection->are_accounts_behind());
    REQUIRE(connection->transact(Durability::process, "x", [&] { return write_account(connection->account, *loaded); }));
    CHECK_FALSE(connection->is_log_full());
}

TEST_CASE("the file gives its pages back to the disk once most of them are free") {
    Fixture fixture;
    const auto connection = fixture.open();
    insert(*connection, 1, 2'000, 1'000);
    const auto pages = [&] { return *query_integer(connection->database(), "PRAGMA page_count"); };
    const auto before = pages();
    connection->shrink();
    CHECK(pages() == before);
    REQUIRE(execute(connection->database(), "DELETE FROM record"));
    for (int i = 0; i < 10; ++i) connection->shrink();
    CHECK(pages() < before / 2);
}

}  // namespace
}  // namespace muster::store

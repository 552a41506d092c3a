// SPDX-License-Identifier: Apache-2.0
// SQLite's connection and statements.
#include "store/sqlite_handle.hpp"

#include <catch2/catch.hpp>

namespace muster::store {
namespace {

Database in_memory() {
    sqlite3* opened = nullptr;
    REQUIRE(sqlite3_open(":memory:", &opened) == SQLITE_OK);
    return Database(opened);
}

TEST_CASE("an empty payload is stored as a blob, not as NULL") {
    const Database database = in_memory();
    REQUIRE(execute(*database, "CREATE TABLE t(b BLOB)"));
    Statement insert(*database, "INSERT INTO t VALUES(?)");
    CHECK(Statement::Use(insert).bind_blob(1, {}).step() == SQLITE_DONE);
    CHECK(query_text(*database, "SELECT typeof(b) FROM t") == "blob");
}

TEST_CASE("a statement that does not compile says so, a query that has no answer gives none") {
    const Database database = in_memory();
    CHECK_FALSE(Statement(*database, "SELECT nothing FROM nowhere").ok());
    CHECK_FALSE(execute(*database, "SELECT nothing FROM nowhere"));
    CHECK_FALSE(query_integer(*database, "SELECT nothing FROM nowhere"));
    CHECK_FALSE(query_integer(*database, "SELECT 1 WHERE 0"));
    CHECK(query_integer(*database, "SELECT 42") == 42);
}

TEST_CASE("a full database is no_space, whatever filled it") {
    const Database database = in_memory();
    REQUIRE(execute(*database, "PRAGMA page_size=4096;CREATE TABLE t(b BLOB);PRAGMA max_page_count=4"));
    REQUIRE_FALSE(execute(*database, "INSERT INTO t VALUES(zeroblob(100000))"));
    const Error error = sqlite_error(*database, "/data/outbox.db", "cannot store the message");
    CHECK(error.code() == Code::no_space);
    CHECK(error.message().find("/data/outbox.db: cannot store the message") == 0);
    CHECK_FALSE(error.hint().empty());
}

}  // namespace
}  // namespace muster::store

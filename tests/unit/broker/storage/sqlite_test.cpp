// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite.hpp"

#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace muster;
using namespace muster::testbroker::storage;

namespace {

Connection open_empty(const std::filesystem::path& path) {
    std::ofstream(path).flush();
    auto connection = Connection::open(path);
    REQUIRE(connection.ok());
    REQUIRE(connection->execute("CREATE TABLE t(a INTEGER UNIQUE, b TEXT, c BLOB) STRICT").ok());
    return std::move(connection).value();
}

std::int64_t count(Connection& connection) {
    Statement statement(connection, "SELECT count(*) FROM t");
    REQUIRE(statement.next().value());
    return statement.integer(0);
}

}  // namespace

TEST_CASE("values come back as they were bound, NULs and all") {
    const test::TemporaryDirectory directory;
    auto connection = open_empty(directory / "a.db");
    const std::string_view text("a\0b", 3);
    Statement insert(connection, "INSERT INTO t VALUES(?, ?, ?)");
    REQUIRE(insert.bind(-7).bind(text).bind_blob(std::string_view("\0\xFF", 2)).run().ok());
    Statement select(connection, "SELECT a, b, c, NULL FROM t WHERE b = ?");
    REQUIRE(select.bind(text).next().value());
    CHECK(select.integer(0) == -7);
    CHECK(select.bytes(1) == text);
    CHECK(select.bytes(2) == std::string_view("\0\xFF", 2));
    CHECK(select.is_null(3));
    CHECK(!select.is_null(0));
    CHECK(!select.next().value());
}

TEST_CASE("an empty text is no NULL, wherever it lies") {
    const test::TemporaryDirectory directory;
    auto connection = open_empty(directory / "a.db");
    Statement select(connection, "SELECT ?, ?");
    REQUIRE(select.bind(std::string_view()).bind("").next().value());
    for (const int column : {0, 1}) {
        CHECK_FALSE(select.is_null(column));
        CHECK(select.bytes(column).empty());
    }
}

TEST_CASE("a transaction that is not committed did not happen") {
    const test::TemporaryDirectory directory;
    auto connection = open_empty(directory / "a.db");
    {
        auto transaction = Transaction::begin(connection);
        REQUIRE(transaction.ok());
        REQUIRE(connection.execute("INSERT INTO t(a) VALUES(1)").ok());
    }
    CHECK(count(connection) == 0);
    auto transaction = Transaction::begin(connection);
    REQUIRE(transaction.ok());
    REQUIRE(connection.execute("INSERT INTO t(a) VALUES(1)").ok());
    REQUIRE(transaction->commit().ok());
    CHECK(count(connection) == 1);
}

TEST_CASE("a statement that cannot be prepared or breaks a constraint is an error that names the file") {
    const test::TemporaryDirectory directory;
    auto connection = open_empty(directory / "a.db");
    Statement nonsense(connection, "SELECT nothing FROM nowhere");
    const auto failed = nonsense.bind(1).next();
    REQUIRE(!failed.ok());
    CHECK(failed.error().message().find("a.db") != std::string::npos);
    REQUIRE(connection.execute("INSERT INTO t(a) VALUES(1)").ok());
    CHECK(!connection.execute("INSERT INTO t(a) VALUES(1)").ok());
}

TEST_CASE("a full disk is told apart") {
    const test::TemporaryDirectory directory;
    auto connection = open_empty(directory / "a.db");
    REQUIRE(connection.execute("PRAGMA max_page_count = 4").ok());  // SQLite reports its own limit as it reports the disk's.
    const auto stored = connection.execute("INSERT INTO t(c) VALUES(zeroblob(100000))");
    REQUIRE(!stored.ok());
    CHECK(stored.error().code() == Code::no_space);
}

TEST_CASE("a file that is not there is an error, not a new database") {
    const test::TemporaryDirectory directory;
    CHECK(!Connection::open(directory / "missing.db").ok());
    CHECK(!std::filesystem::exists(directory / "missing.db"));
}

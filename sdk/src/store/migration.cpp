// SPDX-License-Identifier: Apache-2.0
// A file of an older format becomes one of format 3.
#include "store/migration.hpp"

#include "store/outbox_file.hpp"
#include "store/record_row.hpp"

#include <string>

namespace muster::store {
namespace {

// The rows stay as they are: their flags say that the new columns do not count.
constexpr const char* from_format_1_sql =
    "ALTER TABLE record ADD COLUMN class INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE record ADD COLUMN accepted INTEGER;"
    "ALTER TABLE record ADD COLUMN expires INTEGER;"
    "ALTER TABLE record ADD COLUMN key TEXT;"
    "DROP TABLE account;";

constexpr const char* from_format_2_sql =
    "ALTER TABLE record ADD COLUMN properties BLOB;"
    "ALTER TABLE quarantine ADD COLUMN properties BLOB;"
    "PRAGMA user_version=3;";

// As format 2 had it.
constexpr const char* quarantine_sql =
    "CREATE TABLE IF NOT EXISTS quarantine(id INTEGER PRIMARY KEY, reason TEXT NOT NULL, flags INTEGER NOT NULL, class INTEGER NOT NULL,"
    " accepted INTEGER, expires INTEGER, crc INTEGER NOT NULL, key TEXT, topic TEXT NOT NULL, payload BLOB NOT NULL) STRICT;";

constexpr const char* indexes_sql =
    "CREATE TABLE IF NOT EXISTS suspect(id INTEGER PRIMARY KEY, strikes INTEGER NOT NULL CHECK(strikes BETWEEN 1 AND 255)) STRICT;"
    "CREATE TABLE IF NOT EXISTS quarantine(id INTEGER PRIMARY KEY, reason TEXT NOT NULL, flags INTEGER NOT NULL, class INTEGER NOT NULL,"
    " accepted INTEGER, expires INTEGER, crc INTEGER NOT NULL, key TEXT, properties BLOB, topic TEXT NOT NULL, payload BLOB NOT NULL) "
    "STRICT;"
    "DROP INDEX IF EXISTS by_class;"  // Of all classes, until this one.
    "CREATE INDEX IF NOT EXISTS by_other_class ON record(class) WHERE class<>1;"
    "CREATE INDEX IF NOT EXISTS by_expiry ON record(expires) WHERE expires IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS by_key ON record(key) WHERE key IS NOT NULL";

bool write_first(sqlite3& database, const AccountRow& row) {
    Statement account(database, write_account_sql);
    return account.ok() && write_account(account, row);
}

}  // namespace

std::int64_t format_of(sqlite3& database) {
    return query_integer(database, "PRAGMA user_version").value_or(0);
}

Result<void> migrate(sqlite3& database, const std::filesystem::path& path) {
    const auto format = format_of(database);
    if (format != 1 && format != 2) return {};
    const auto account = format == 1 ? read_account_1(database) : std::optional<AccountRow>();
    if (format == 1 && !account) return Error{Code::corrupt, path.string() + " is damaged: its accounts cannot be read"};
    bool done = execute(database, "PRAGMA synchronous=FULL;BEGIN IMMEDIATE");
    if (account) {
        done = done && execute(database, from_format_1_sql) && execute(database, account_schema_sql) && write_first(database, *account);
    }
    done = done && execute(database, quarantine_sql) && execute(database, from_format_2_sql) && execute(database, "COMMIT");
    // Without the checkpoint the header says so a little later.
    if (done) static_cast<void>(execute(database, "PRAGMA wal_checkpoint(TRUNCATE)"));
    if (done) return {};
    Error failure = sqlite_error(database, path, "cannot be brought to this version's format");
    static_cast<void>(execute(database, "ROLLBACK"));
    return failure;
}

Result<void> make_indexes(sqlite3& database, const std::filesystem::path& path) {
    if (execute(database, indexes_sql)) return {};
    Error failure = sqlite_error(database, path, "cannot be indexed");
    if (failure.code() == Code::no_space) return {};
    return failure;
}

}  // namespace muster::store

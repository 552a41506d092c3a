// SPDX-License-Identifier: Apache-2.0
// A file of an older format becomes one of this version's.
#include "store/migration.hpp"

#include "store/outbox_file.hpp"

#include <algorithm>
#include <string>

namespace muster::store {
namespace {

// The rows stay as they are: their flags say that the new columns do not count.
constexpr const char* from_format_1_sql =
    "ALTER TABLE record ADD COLUMN class INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE record ADD COLUMN accepted INTEGER;"
    "ALTER TABLE record ADD COLUMN expires INTEGER;"
    "ALTER TABLE record ADD COLUMN key TEXT;";

constexpr const char* from_format_2_sql =
    "ALTER TABLE record ADD COLUMN properties BLOB;"
    "ALTER TABLE quarantine ADD COLUMN properties BLOB;";

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

// With what came since they were written: that stands in the log alone, and the log is taken in.
Result<AccountRow> load_account(sqlite3& database, std::int64_t format, const std::filesystem::path& path) {
    auto row = read_account(database, format);
    if (!row) return Error{Code::corrupt, path.string() + " is damaged: its accounts cannot be read"};
    Statement later(database, "SELECT count(*),coalesce(max(id),0) FROM record WHERE id>?");
    if (!later.ok()) return sqlite_error(database, path, "cannot be brought to this version's format");
    Statement::Use use(later);
    if (use.bind(1, static_cast<std::int64_t>(row->last_id)).step() != SQLITE_ROW)
        return sqlite_error(database, path, "cannot be brought to this version's format");
    row->accounts.accepted += static_cast<std::uint64_t>(use.integer(0));
    row->last_id = std::max(row->last_id, static_cast<RecordId>(use.integer(1)));
    return *row;
}

}  // namespace

std::int64_t format_of(sqlite3& database) {
    return query_integer(database, "PRAGMA user_version").value_or(0);
}

std::optional<AccountRow> read_account(sqlite3& database, std::int64_t format) {
    if (format == 1) return read_account_1(database);
    return format == 2 || format == 3 ? read_account_3(database) : read_account(database);
}

Result<void> migrate(sqlite3& database, const std::filesystem::path& path) {
    const auto format = format_of(database);
    if (format > this_format) return made_by_newer(path, format);  // The header says so only once the log is taken in.
    if (format < 1 || format == this_format) return {};
    const auto account = load_account(database, format, path);
    if (!account) return account.error();
    bool done = execute(database, "PRAGMA synchronous=FULL;BEGIN IMMEDIATE");
    if (format == 1) done = done && execute(database, from_format_1_sql);
    if (format <= 2) done = done && execute(database, quarantine_sql) && execute(database, from_format_2_sql);
    done = done && execute(database, "DROP TABLE account") && execute(database, account_schema_sql) && write_first(database, *account);
    done = done && execute(database, "PRAGMA user_version=4;COMMIT");
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

// SPDX-License-Identifier: Apache-2.0
// An outbox's file opened, checked, and its statements.
#include "store/sqlite_connection.hpp"

#include "store/migration.hpp"
#include "store/outbox_file.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

namespace muster::store {
namespace {

// Reading all of a larger file would hold up the start (measured: 53 ms for 49 MiB, cached; flash is slower); its rows still have their
// checksums.
constexpr std::uintmax_t largest_to_check = 256ULL << 20U;

// The log is taken into the file when it has so many pages: as SQLite does it by itself with wal_autocheckpoint.
constexpr int most_log_pages = 100;
// What a transaction of one small record and the accounts adds to it, at least.
constexpr int pages_with_accounts = 2;

bool had_no_stop(const std::filesystem::path& path) {
    std::error_code failed;
    const auto bytes = std::filesystem::file_size(log_of(path), failed);
    return !failed && bytes > 0;
}

// SQL for the size of a record.
constexpr const char* bytes_sql =
    "(length(CAST(topic AS BLOB))+length(payload)+coalesce(length(CAST(key AS BLOB)),0)+coalesce(length(properties),0))";

std::string select(const std::string& columns, const char* rest) {
    return "SELECT " + columns + " FROM record " + rest;
}

std::string listed(const char* rest) {
    return select("id," + std::string(bytes_sql) + ",class", rest);
}

SqliteConnection::OfClass of_class(sqlite3& database, const std::string& which) {
    const std::string range = "WHERE " + which + " AND id>?2 AND id<?3 ORDER BY id ";
    return {Statement(database, select(record_columns, (range + "LIMIT ?4").c_str()).c_str()),
            Statement(database, select(record_columns, (range + "DESC LIMIT ?4").c_str()).c_str()),
            Statement(database, listed(("WHERE " + which + " AND id>?2 ORDER BY id LIMIT ?3").c_str()).c_str())};
}

// In one pass: what waits in each class.
std::string count_sql() {
    std::string columns = "count(*)";
    for (std::size_t i = 0; i < priority_count; ++i) {
        const std::string in_class = "(class=" + std::to_string(i) + ")";
        columns.append(",coalesce(sum")
            .append(in_class)
            .append(",0),coalesce(sum(")
            .append(in_class)
            .append("*")
            .append(bytes_sql)
            .append("),0)");
    }
    return select(columns, "NOT INDEXED");
}

Error damaged(const std::filesystem::path& path, const std::string& why) {
    return {Code::corrupt, path.string() + " is damaged: " + why};
}

}  // namespace

SqliteConnection::SqliteConnection(std::filesystem::path path, Database database)
    : path_(std::move(path)),
      database_(std::move(database)),
      insert(*database_, insert_record_sql),
      account(*database_, write_account_sql),
      read(*database_, select(record_columns, "WHERE id>? AND id<? ORDER BY id LIMIT ?").c_str()),
      normal(of_class(*database_, "class=1 AND ?1=1")),
      others(of_class(*database_, "class=?1 AND class<>1")),
      with_key(*database_, listed("WHERE key=? ORDER BY id").c_str()),
      expired(*database_, "SELECT id FROM record WHERE expires<=? ORDER BY expires LIMIT ?"),
      sizes(*database_, select(std::string(bytes_sql) + ",class", "WHERE id BETWEEN ? AND ?").c_str()),
      remove(*database_, "DELETE FROM record WHERE id BETWEEN ? AND ?"),
      begin_(*database_, "BEGIN IMMEDIATE"),
      commit_(*database_, "COMMIT"),
      pages_(*database_, "PRAGMA page_count"),
      free_pages_(*database_, "PRAGMA freelist_count"),
      later_(*database_, "SELECT count(*),coalesce(max(id),0) FROM record WHERE id>?") {
    sqlite3_wal_hook(database_.get(), &SqliteConnection::log_grew, this);
}

SqliteConnection::~SqliteConnection() {
    sqlite3_wal_hook(database_.get(), nullptr, nullptr);
    if (are_accounts_behind_) sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

// Called after each commit that wrote to the log. A checkpoint that fails is tried again after the next one.
int SqliteConnection::log_grew(void* connection, sqlite3* database, const char* schema, int pages) {
    auto& self = *static_cast<SqliteConnection*>(connection);
    self.log_pages_ = pages;
    if (pages >= most_log_pages && !self.are_accounts_behind_)
        static_cast<void>(sqlite3_wal_checkpoint_v2(database, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr));
    return SQLITE_OK;
}

bool SqliteConnection::is_log_full() const {
    return log_pages_ + pages_with_accounts >= most_log_pages;
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::filesystem::path& path, Check check) {
    std::error_code failed;
    const bool checks = (check == Check::always || had_no_stop(path)) && std::filesystem::file_size(path, failed) <= largest_to_check;
    auto database = connect(path);
    if (!database) return std::move(database).error();
    if (checks) {
        if (const std::string outcome = query_text(**database, "PRAGMA quick_check(1)"); outcome != "ok") {
            if (!outcome.empty()) return damaged(path, outcome);
            return sqlite_error(**database, path, "cannot be checked");
        }
    }
    if (auto migrated = migrate(**database, path); !migrated) return std::move(migrated).error();
    if (auto indexed = make_indexes(**database, path); !indexed) return std::move(indexed).error();
    std::unique_ptr<SqliteConnection> made(new SqliteConnection(path, std::move(*database)));
    if (!made->is_compiled()) return damaged(path, "its tables are not an outbox's");
    return made;
}

bool SqliteConnection::is_compiled() const {
    for (const Statement* statement :
         {&insert, &account, &read, &normal.read, &normal.newest, &normal.list, &others.read, &others.newest, &others.list, &with_key,
          &expired, &sizes, &remove, &begin_, &commit_, &pages_, &free_pages_, &later_}) {
        if (!statement->ok()) return false;
    }
    return true;
}

Result<AccountRow> SqliteConnection::load() {
    auto row = read_account(*database_);
    if (!row) return damaged(path_, "its accounts cannot be read");
    Accounts& accounts = row->accounts;
    Statement count(*database_, count_sql().c_str());
    if (!count.ok()) return error("what waits cannot be counted");
    Statement::Use counted(count);
    if (counted.step() != SQLITE_ROW) return error("what waits cannot be counted");
    std::uint64_t classified = 0;
    for (std::size_t i = 0; i < priority_count; ++i) {
        const int column = 1 + 2 * static_cast<int>(i);
        accounts.classes[i] = {static_cast<std::uint64_t>(counted.integer(column)),
                               static_cast<std::uint64_t>(counted.integer(column + 1))};
        classified += accounts.classes[i].messages;
        accounts.waiting_bytes += accounts.classes[i].bytes;
    }
    accounts.waiting = static_cast<std::uint64_t>(counted.integer(0));
    {
        Statement::Use later(later_);
        if (later.bind(1, static_cast<std::int64_t>(row->last_id)).step() != SQLITE_ROW) return error("what waits cannot be counted");
        are_accounts_behind_ = later.integer(0) > 0;
        accounts.accepted += static_cast<std::uint64_t>(later.integer(0));
        row->last_id = std::max(row->last_id, static_cast<RecordId>(later.integer(1)));
    }
    if (accounts.waiting != classified) return damaged(path_, "it holds messages of no class");
    if (accounts.accepted != accounts.gone() + accounts.waiting)
        return damaged(path_, "it holds " + std::to_string(accounts.waiting) + " messages, its accounts say " +
                                  std::to_string(static_cast<std::int64_t>(accounts.accepted - accounts.gone())));
    return *row;
}

bool SqliteConnection::set_synchronous(Durability durability) {
    const bool full = durability == Durability::disk;
    if (is_synchronous_known_ && is_full_ == full) return true;
    is_synchronous_known_ = execute(*database_, full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    is_full_ = full;
    return is_synchronous_known_;
}

void SqliteConnection::shrink() {
    // Free pages are used again, so a little of them is no loss; moving rows about costs writes.
    constexpr std::int64_t worth_it = 256;
    std::int64_t free_pages = 0;
    {
        Statement::Use use(free_pages_);
        if (use.step() == SQLITE_ROW) free_pages = use.integer(0);
    }
    if (free_pages <= worth_it) return;
    {
        Statement::Use use(pages_);
        if (use.step() != SQLITE_ROW || free_pages < use.integer(0) / 4 * 3) return;
    }
    // In steps, so that no removal takes long. A failure costs nothing but the pages.
    static_cast<void>(execute(*database_, "PRAGMA incremental_vacuum(256)"));
}

bool SqliteConnection::set_page_cap(std::int64_t pages) {
    const auto before = std::exchange(page_cap_, pages);
    static_cast<void>(execute(*database_, ("PRAGMA max_page_count=" + std::to_string(pages)).c_str()));
    return pages > before;
}

bool SqliteConnection::checkpoint() {
    return set_synchronous(Durability::disk) && execute(*database_, "PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace muster::store

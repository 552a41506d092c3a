// SPDX-License-Identifier: Apache-2.0
// An outbox's file opened, checked, and its statements.
#include "store/sqlite_connection.hpp"

#include "store/outbox_file.hpp"

#include <string>
#include <system_error>
#include <utility>

namespace muster::store {
namespace {

// Reading all of a larger file would hold up the start (measured: 53 ms for 49 MiB, cached; flash is slower); its rows still have their
// checksums.
constexpr std::uintmax_t largest_to_check = 256ULL << 20U;

bool had_no_stop(const std::filesystem::path& path) {
    std::error_code failed;
    const auto bytes = std::filesystem::file_size(log_of(path), failed);
    return !failed && bytes > 0;
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
      read(*database_, ("SELECT " + std::string(record_columns) + " FROM record WHERE id>? ORDER BY id LIMIT ?").c_str()),
      size(*database_, "SELECT length(CAST(topic AS BLOB))+length(payload) FROM record WHERE id=?"),
      remove(*database_, "DELETE FROM record WHERE id=?"),
      pages_(*database_, "PRAGMA page_count"),
      free_pages_(*database_, "PRAGMA freelist_count") {}

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
    std::unique_ptr<SqliteConnection> made(new SqliteConnection(path, std::move(*database)));
    const bool compiled = made->insert.ok() && made->account.ok() && made->read.ok() && made->size.ok() && made->remove.ok() &&
                          made->pages_.ok() && made->free_pages_.ok();
    if (!compiled) return damaged(path, "its tables are not an outbox's");
    return made;
}

Result<AccountRow> SqliteConnection::load() {
    auto row = read_account(*database_);
    if (!row) return damaged(path_, "its accounts cannot be read");
    const auto count = query_integer(*database_, "SELECT count(*) FROM record");
    if (!count) return error("what waits cannot be counted");
    const auto bytes = query_integer(*database_, "SELECT coalesce(sum(length(CAST(topic AS BLOB))+length(payload)),0) FROM record");
    if (!bytes) return error("what waits cannot be counted");
    Accounts& accounts = row->accounts;
    accounts.waiting = static_cast<std::uint64_t>(*count);
    accounts.waiting_bytes = static_cast<std::uint64_t>(*bytes);
    const std::uint64_t gone = accounts.delivered + accounts.overflow + accounts.rejected + accounts.corrupt + accounts.stopped;
    if (accounts.accepted != gone + accounts.waiting)
        return damaged(path_, "it holds " + std::to_string(*count) + " messages, its accounts say " +
                                  std::to_string(static_cast<std::int64_t>(accounts.accepted - gone)));
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

// SPDX-License-Identifier: Apache-2.0
// What can be saved from a damaged outbox: rows are reached from both sides of every damaged page.
#include "store/salvage.hpp"

#include "store/migration.hpp"
#include "store/outbox_file.hpp"
#include "store/record_row.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace muster::store {
namespace {

constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

std::string insert_once_sql() {
    std::string sql = insert_record_sql;
    return sql.replace(0, sizeof "INSERT" - 1, "INSERT OR IGNORE");
}

// By rowid: a damaged index would lead past rows that are whole.
std::string select_sql(const char* columns, const char* where) {
    return std::string("SELECT ") + columns + " FROM record NOT INDEXED WHERE " + where;
}

const char* columns_of(std::int64_t format) {
    if (format == 1) return record_columns_1;
    return format == 2 ? record_columns_2 : record_columns;
}

// Opened without the settings, which would write; its log is read, and left as it is at the end.
Database open_damaged(const std::filesystem::path& path) {
    sqlite3* opened = nullptr;
    const int outcome = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
    Database database(opened);
    if (outcome != SQLITE_OK) return nullptr;
    if (sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr) != SQLITE_OK) return nullptr;
    const bool is_set = execute(*database, "PRAGMA locking_mode=EXCLUSIVE;PRAGMA trusted_schema=OFF;PRAGMA cell_size_check=ON");
    return is_set ? std::move(database) : nullptr;
}

class Salvage {
public:
    // Columns as the file's format has them. Without the accounts nobody knows what time it is for the outbox, so nothing expires.
    Salvage(sqlite3& damaged, sqlite3& fresh, const char* columns, bool may_expire)
        : may_expire_(may_expire),
          forward_(damaged, select_sql(columns, "id>? ORDER BY id").c_str()),
          backward_(damaged, select_sql(columns, "id>? AND id<? ORDER BY id DESC").c_str()),
          next_(damaged, select_sql("id", "id>? ORDER BY id LIMIT 1").c_str()),
          insert_(fresh, insert_once_sql().c_str()),
          count_(fresh, "SELECT count(*) FROM record WHERE id>?") {}

    // False if the new file cannot be written; whatever the damaged one is like is no failure.
    bool run() {
        if (!insert_.ok() || !count_.ok()) return false;
        if (!forward_.ok() || !backward_.ok() || !next_.ok()) return true;
        std::int64_t after = 0;
        while (read_forward(after) && can_write_) {
            const std::int64_t behind = find_behind(after);
            read_backward(after, behind);
            if (behind == highest) break;
            after = behind - 1;
        }
        return can_write_;
    }

    // Those with ids above it. Counted in the new file: a damaged tree can show a row twice.
    [[nodiscard]] std::uint64_t kept_above(RecordId id) {
        Statement::Use use(count_);
        return use.bind(1, static_cast<std::int64_t>(id)).step() == SQLITE_ROW ? static_cast<std::uint64_t>(use.integer(0)) : 0;
    }
    [[nodiscard]] std::uint64_t damaged_rows() const { return damaged_rows_; }
    [[nodiscard]] RecordId last_id() const { return last_id_; }

private:
    // False if the row is damaged.
    bool keep(const Statement::Use& row) {
        auto record = read_record(row);
        if (!record) {
            ++damaged_rows_;
            return false;
        }
        if (!may_expire_) record->expires = 0;
        can_write_ = write_record(insert_, *record);
        last_id_ = std::max(last_id_, record->id);
        return true;
    }

    // True if it ended at damage; `after` is then the highest good id before it. Ids that do not grow are damage of a row, not of the rest.
    bool read_forward(std::int64_t& after) {
        Statement::Use row(forward_);
        row.bind(1, after);
        int outcome = row.step();
        for (; outcome == SQLITE_ROW && can_write_; outcome = row.step()) {
            if (keep(row)) after = std::max(after, row.integer(0));
        }
        return outcome != SQLITE_DONE;
    }

    // The id of a row that can be reached behind the damage, or highest.
    std::int64_t find_behind(std::int64_t after) {
        for (int power = 0; power < 62 && after < highest - (std::int64_t{1} << power); ++power) {
            Statement::Use row(next_);
            const int outcome = row.bind(1, after + (std::int64_t{1} << power)).step();
            if (outcome == SQLITE_ROW && row.integer(0) > after) return row.integer(0);
            if (outcome == SQLITE_DONE) break;
        }
        return highest;
    }

    void read_backward(std::int64_t after, std::int64_t behind) {
        Statement::Use row(backward_);
        row.bind(1, after).bind(2, behind);
        while (row.step() == SQLITE_ROW && can_write_) static_cast<void>(keep(row));
    }

    bool may_expire_;
    Statement forward_;
    Statement backward_;
    Statement next_;
    Statement insert_;
    Statement count_;
    bool can_write_ = true;
    std::uint64_t damaged_rows_ = 0;
    RecordId last_id_ = 0;
};

// The totals go on; what was waiting and is not there any more is counted as corrupt.
AccountRow accounts_after(const std::optional<AccountRow>& before, Salvage& salvaged) {
    AccountRow row = before ? *before : new_account();
    Accounts& accounts = row.accounts;
    // What came after they were written is only in the log, whose pages have checksums: of that, no page can be damaged.
    if (before) accounts.accepted += salvaged.kept_above(row.last_id);
    row.last_id = std::max(row.last_id, salvaged.last_id());
    const std::uint64_t gone = accounts.gone();
    // Without the old totals they begin again with what was seen.
    const std::uint64_t kept = salvaged.kept_above(0);
    accounts.accepted = std::max(accounts.accepted, gone + kept + (before ? 0 : salvaged.damaged_rows()));
    accounts.corrupt += accounts.accepted - gone - kept;
    return row;
}

}  // namespace

Result<void> salvage(const std::filesystem::path& path) {
    auto fresh = begin_new(path);
    if (!fresh) return std::move(fresh).error();
    const auto failure = [&] { return sqlite_error(**fresh, path, "cannot be saved into a new file"); };
    {
        const Database damaged = open_damaged(path);
        if (!execute(**fresh, "BEGIN")) return failure();
        AccountRow after = new_account();
        if (damaged) {
            const auto format = format_of(*damaged);
            const auto before = read_account(*damaged, format);
            Salvage work(*damaged, **fresh, columns_of(format), before.has_value());
            if (!work.run()) return failure();
            after = accounts_after(before, work);
        }
        Statement write(**fresh, write_account_sql);
        if (!write.ok() || !write_account(write, after) || !execute(**fresh, "COMMIT")) return failure();
    }
    return install(std::move(*fresh), path);
}

}  // namespace muster::store

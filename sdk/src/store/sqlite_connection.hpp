// SPDX-License-Identifier: Apache-2.0
// An outbox's file opened, checked, and its statements: what has to be made anew after an error of the disk.
#pragma once

#include "store/record_row.hpp"
#include "store/sqlite_handle.hpp"

#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace muster::store {

enum class Check : std::uint8_t { if_unclean, always };

/// Threads: one at a time.
class SqliteConnection {
public:
    /// Opens an outbox that is there, checks its structure if the last stop was none, and brings it to this version's format. Fails with
    /// Code::corrupt if it is damaged, otherwise as connect() does.
    static Result<std::unique_ptr<SqliteConnection>> open(const std::filesystem::path& path, Check check);
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;

    /// The totals as the file has them, with what came since they were written, and what waits, counted. Code::corrupt if they do not
    /// agree.
    Result<AccountRow> load();

    /// Runs `work` in a transaction that is as durable as said. On failure nothing of it stays visible.
    template <class Work>
    Result<void> transact(Durability durability, std::string_view what, const Work& work) {
        if (set_synchronous(durability) && run(begin_) && work() && run(commit_)) return {};
        Error failure = error(what);
        static_cast<void>(execute(*database_, "ROLLBACK"));
        return failure;
    }

    /// Whether the file has records that came after its accounts were written. While it is so, the log is not taken into the file: of
    /// what a damaged page of the file has lost, the accounts know.
    void set_accounts_behind(bool are_behind) { are_accounts_behind_ = are_behind; }
    [[nodiscard]] bool are_accounts_behind() const { return are_accounts_behind_; }
    /// Whether the accounts are wanted in the next transaction, so that the log can be taken into the file after it.
    [[nodiscard]] bool is_log_full() const;

    /// Gives pages back to the disk once most of the file is free.
    void shrink();
    /// Caps the file's size in pages; true if that is more than before.
    bool set_page_cap(std::int64_t pages);
    /// Takes the log into the file and waits for the disk.
    [[nodiscard]] bool checkpoint();

    [[nodiscard]] Error error(std::string_view what) { return sqlite_error(*database_, path_, what); }
    [[nodiscard]] sqlite3& database() { return *database_; }

private:
    SqliteConnection(std::filesystem::path path, Database database);
    bool set_synchronous(Durability durability);
    [[nodiscard]] bool is_compiled() const;
    static int log_grew(void* connection, sqlite3* database, const char* schema, int pages);
    static bool run(Statement& statement) { return Statement::Use(statement).step() == SQLITE_DONE; }

    std::filesystem::path path_;
    Database database_;  // Before the statements: they end first.

public:
    Statement insert;
    Statement account;
    Statement read;  // After, before, limit; by id.
    /// Most records are of the normal class: it has no index, for an insertion would write a page more for it, and is found by id.
    struct OfClass {
        Statement read;    // Class, after, before, limit; by id.
        Statement newest;  // The same, highest id first.
        Statement list;    // Class, after, limit: id, bytes, class; by id.
    };
    OfClass normal;
    OfClass others;
    [[nodiscard]] OfClass& of(Priority priority) { return priority == Priority::normal ? normal : others; }
    Statement with_key;  // Key: the same.
    Statement expired;   // Now, limit: id; the longest expired first.
    Statement sizes;     // First and last id: bytes, class, of each.
    Statement remove;    // The same.

private:
    Statement begin_;
    Statement commit_;
    Statement pages_;
    Statement free_pages_;
    Statement later_;
    int log_pages_ = 0;
    bool are_accounts_behind_ = false;
    bool is_full_ = false;
    bool is_synchronous_known_ = false;
    std::int64_t page_cap_ = 0;
};

}  // namespace muster::store

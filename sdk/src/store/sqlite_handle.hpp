// SPDX-License-Identifier: Apache-2.0
// SQLite's connection and statements with owners, and its codes as Errors.
#pragma once

#include <muster/result.hpp>

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace muster::store {

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

/// The last error of `database` as Code::no_space, in_use, corrupt or io, with the file's name.
[[nodiscard]] Error sqlite_error(sqlite3& database, const std::filesystem::path& path, std::string_view what);

/// Runs statements that return nothing.
[[nodiscard]] bool execute(sqlite3& database, const char* sql);

/// The first column of the first row as an integer; none if the database cannot say.
[[nodiscard]] std::optional<std::int64_t> query_integer(sqlite3& database, const char* sql);
/// The first column of the first row as text; empty if the database cannot say.
[[nodiscard]] std::string query_text(sqlite3& database, const char* sql);

/// A prepared statement that is reset when a `Use` of it ends. Threads: one at a time.
class Statement {
public:
    /// `ok()` tells whether the statement could be compiled.
    Statement(sqlite3& database, const char* sql);
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    [[nodiscard]] bool ok() const { return statement_ != nullptr; }

    class Use {
    public:
        explicit Use(Statement& owner) : statement_(owner.statement_) {}
        ~Use() {
            sqlite3_reset(statement_);
            sqlite3_clear_bindings(statement_);
        }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        Use& bind(int index, std::int64_t value);
        /// The text must outlive the use.
        Use& bind_text(int index, std::string_view text);
        Use& bind_blob(int index, std::string_view bytes);
        /// SQLITE_ROW, SQLITE_DONE or an error.
        int step() { return sqlite3_step(statement_); }
        [[nodiscard]] bool has_type(int column, int type) const { return sqlite3_column_type(statement_, column) == type; }
        [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
        [[nodiscard]] std::string_view bytes(int column) const;

    private:
        sqlite3_stmt* statement_;
    };

private:
    sqlite3_stmt* statement_ = nullptr;
};

}  // namespace muster::store

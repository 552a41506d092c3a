// SPDX-License-Identifier: Apache-2.0
// SQLite's connection, statements and transactions with owners, and its codes as Errors.
#pragma once

#include <muster/result.hpp>

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace muster::testbroker::storage {

/// Threads: one at a time.
class Connection {
public:
    /// Opens an existing file; touches none of its content.
    static Result<Connection> open(const std::filesystem::path& path);
    /// Runs statements that return nothing, or whose rows do not matter.
    Result<void> execute(const char* sql);
    /// The last failure as Code::no_space, in_use, corrupt or io: `<path>: <what>: <SQLite's words>`.
    [[nodiscard]] Error error(std::string_view what) const;
    [[nodiscard]] sqlite3* get() const { return database_.get(); }

private:
    struct Close {
        void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    };
    Connection(std::filesystem::path path, sqlite3* database) : path_(std::move(path)), database_(database) {}
    std::filesystem::path path_;
    std::unique_ptr<sqlite3, Close> database_;
};

/// A prepared statement, its values bound in order. A failure to prepare or bind shows at the first step. Must not outlive the connection.
/// Threads: one at a time.
class Statement {
public:
    Statement(Connection& connection, const char* sql);
    Statement& bind(std::int64_t value);
    Statement& bind(std::string_view text);
    Statement& bind_blob(std::string_view bytes);
    Statement& bind_null();
    /// From the beginning, with nothing bound.
    Statement& again();

    /// True: there is a row to read. False: there are no more.
    Result<bool> next();
    /// Runs a statement that returns no rows.
    Result<void> run();

    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string bytes(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    Connection& connection_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bound_ = 0;
    bool failed_ = false;
};

/// What is done until `commit` is done together; without it, nothing is. Threads: one at a time.
class Transaction {
public:
    static Result<Transaction> begin(Connection& connection);
    Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

private:
    explicit Transaction(Connection& connection) : connection_(&connection) {}
    Connection* connection_;
};

/// The first column of the first row; 0 without a row.
Result<std::int64_t> query_integer(Connection& connection, const char* sql);

}  // namespace muster::testbroker::storage

// SPDX-License-Identifier: Apache-2.0
// SQLite's objects with owners.
#include "storage/sqlite.hpp"

#include <cerrno>
#include <utility>

namespace muster::testbroker::storage {

Result<Connection> Connection::open(const std::filesystem::path& path) {
    sqlite3* database = nullptr;
    // NOMUTEX: whoever uses the connection holds a lock already.
    const int code = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    Connection connection(path, database);
    if (code != SQLITE_OK) return connection.error("cannot open");
    return connection;
}

Result<void> Connection::execute(const char* sql) {
    if (sqlite3_exec(get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error("cannot set up");
    return {};
}

Error Connection::error(std::string_view what) const {
    if (!database_) return {Code::io, path_.string() + ": out of memory"};
    const int code = sqlite3_errcode(get()) & 0xFF;  // The rest is the extended part.
    std::string message = path_.string() + ": " + std::string(what) + ": " + sqlite3_errmsg(get());
    if (code == SQLITE_FULL || (code == SQLITE_IOERR && sqlite3_system_errno(get()) == ENOSPC))
        return {Code::no_space, std::move(message), "make room on the disk; what is stored stays"};
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return {Code::in_use, std::move(message), "close the other program that has it open"};
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        return {Code::corrupt, std::move(message), "move " + path_.string() + " aside and keep it for recovery, or name another directory"};
    return {Code::io, std::move(message)};
}

Statement::Statement(Connection& connection, const char* sql) : connection_(connection) {
    sqlite3_stmt* statement = nullptr;
    failed_ = sqlite3_prepare_v2(connection.get(), sql, -1, &statement, nullptr) != SQLITE_OK;
    statement_.reset(statement);
}

Statement& Statement::bind(std::int64_t value) {
    failed_ = failed_ || sqlite3_bind_int64(statement_.get(), ++bound_, value) != SQLITE_OK;
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    // A view of nothing has no address, which SQLite would take for NULL.
    const char* const data = text.data() == nullptr ? "" : text.data();
    failed_ = failed_ || sqlite3_bind_text64(statement_.get(), ++bound_, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK;
    return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
    failed_ = failed_ || sqlite3_bind_blob64(statement_.get(), ++bound_, bytes.data(), bytes.size(), SQLITE_TRANSIENT) != SQLITE_OK;
    return *this;
}

Statement& Statement::bind_null() {
    failed_ = failed_ || sqlite3_bind_null(statement_.get(), ++bound_) != SQLITE_OK;
    return *this;
}

Statement& Statement::again() {
    // What it returns is how the last run ended, which was told then.
    sqlite3_reset(statement_.get());
    failed_ = statement_ == nullptr;
    bound_ = 0;
    return *this;
}

Result<bool> Statement::next() {
    const int code = failed_ ? SQLITE_ERROR : sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return connection_.error("cannot read or write");
}

Result<void> Statement::run() {
    auto stepped = next();
    if (!stepped) return std::move(stepped).error();
    return {};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

Result<Transaction> Transaction::begin(Connection& connection) {
    if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return std::move(begun).error();
    return Transaction(connection);
}

Transaction::~Transaction() {
    // Some failures (a full disk) have rolled back already; a second rollback fails, which is as well.
    if (connection_ != nullptr) static_cast<void>(connection_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
    if (auto committed = connection_->execute("COMMIT"); !committed) return committed;
    connection_ = nullptr;
    return {};
}

Result<std::int64_t> query_integer(Connection& connection, const char* sql) {
    Statement statement(connection, sql);
    auto row = statement.next();
    if (!row) return std::move(row).error();
    return *row ? statement.integer(0) : 0;
}

}  // namespace muster::testbroker::storage

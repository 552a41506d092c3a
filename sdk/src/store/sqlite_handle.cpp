// SPDX-License-Identifier: Apache-2.0
// SQLite's connection and statements with owners.
#include "store/sqlite_handle.hpp"

#include <cerrno>

namespace muster::store {

Error sqlite_error(sqlite3& database, const std::filesystem::path& path, std::string_view what) {
    const int code = sqlite3_errcode(&database) & 0xFF;  // The extended part is in the message.
    const int number = sqlite3_system_errno(&database);
    const bool disk_full = code == SQLITE_FULL || (code == SQLITE_IOERR && (number == ENOSPC || number == EDQUOT));
    std::string message = path.string() + ": " + std::string(what) + ": " + sqlite3_errmsg(&database);
    if (disk_full) return {Code::no_space, std::move(message), "make room on the disk; what is stored stays"};
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return {Code::in_use, path.string() + " is in use by another process", "stop the other process, or name another outbox"};
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        return {Code::corrupt, std::move(message), "keep the file for recovery, and name another outbox"};
    return {Code::io, std::move(message)};
}

bool execute(sqlite3& database, const char* sql) {
    return sqlite3_exec(&database, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::optional<std::int64_t> query_integer(sqlite3& database, const char* sql) {
    Statement statement(database, sql);
    if (!statement.ok()) return std::nullopt;
    Statement::Use use(statement);
    if (use.step() != SQLITE_ROW) return std::nullopt;
    return use.integer(0);
}

std::string query_text(sqlite3& database, const char* sql) {
    Statement statement(database, sql);
    if (!statement.ok()) return {};
    Statement::Use use(statement);
    if (use.step() != SQLITE_ROW) return {};
    return std::string(use.bytes(0));
}

Statement::Statement(sqlite3& database, const char* sql) {
    sqlite3_prepare_v3(&database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
}

Statement::Use& Statement::Use::bind(int index, std::int64_t value) {
    sqlite3_bind_int64(statement_, index, value);
    return *this;
}

Statement::Use& Statement::Use::bind_text(int index, std::string_view text) {
    sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
}

Statement::Use& Statement::Use::bind_blob(int index, std::string_view bytes) {
    // A null pointer would be bound as NULL, not as an empty payload.
    sqlite3_bind_blob64(statement_, index, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
    return *this;
}

std::string_view Statement::Use::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

}  // namespace muster::store

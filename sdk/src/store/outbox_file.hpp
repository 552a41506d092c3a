// SPDX-License-Identifier: Apache-2.0
// The outbox's file as a file: whose it is, how a new one is made whole, how a damaged one is set aside.
#pragma once

#include "store/sqlite_handle.hpp"

#include <muster/policy.hpp>
#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>

namespace muster::store {

inline constexpr std::int64_t page_bytes = 4'096;
/// The format of a new file, and of an older one once it is opened.
inline constexpr std::int64_t this_format = 4;

/// Makes the table of the accounts; the numbers are in the order of `write_account_sql`.
inline constexpr const char* account_schema_sql =
    "CREATE TABLE account(one INTEGER PRIMARY KEY CHECK(one=1), last_id INTEGER NOT NULL, accepted INTEGER NOT NULL,"
    " delivered INTEGER NOT NULL, overflow INTEGER NOT NULL, rejected INTEGER NOT NULL, corrupt INTEGER NOT NULL,"
    " stopped INTEGER NOT NULL, expired INTEGER NOT NULL, superseded INTEGER NOT NULL, purged INTEGER NOT NULL,"
    " quarantined INTEGER NOT NULL, outbox_high INTEGER NOT NULL, outbox_low INTEGER NOT NULL, age INTEGER NOT NULL, boot INTEGER NOT NULL,"
    " since_boot INTEGER NOT NULL, wall INTEGER NOT NULL, synchronised INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT";

/// The path with the links of its directories resolved (SQLite refuses links anywhere in a path); the directory is made if it is new.
Result<std::filesystem::path> resolve(const std::filesystem::path& path);

enum class FileKind : std::uint8_t { none, outbox };
/// Reads the header and touches nothing. Fails with Code::corrupt for what is not an outbox, Code::invalid_argument for what a newer
/// version made, Code::io. An empty file counts as none.
Result<FileKind> examine(const std::filesystem::path& path);
/// Of a file of a higher format than this version's.
[[nodiscard]] Error made_by_newer(const std::filesystem::path& path, std::int64_t format);

/// The one connection to an outbox, with its settings made and checked. Fails with Code::in_use, Code::corrupt, Code::no_space, Code::io.
Result<Database> connect(const std::filesystem::path& path);

/// Begins a new outbox beside `path`, with its tables and no rows, synchronous.
Result<Database> begin_new(const std::filesystem::path& path);
/// Ends it and puts it where `path` is. What is there is set aside as `<path>.corrupt-<seconds since 1970>`, with its log.
Result<void> install(Database made, const std::filesystem::path& path);
/// Ends an `install` that a crash cut short; does nothing if there was none.
Result<void> finish_install(const std::filesystem::path& path);

/// How many pages the file may have: what the limits need, but less than the disk has room for.
[[nodiscard]] std::int64_t page_cap(sqlite3& database, const std::filesystem::path& path, const OutboxLimits& limits);

/// The write-ahead log beside the file; it is there, and not empty, after a stop that was none.
[[nodiscard]] std::filesystem::path log_of(const std::filesystem::path& path);

}  // namespace muster::store

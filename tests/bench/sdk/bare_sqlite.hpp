// SPDX-License-Identifier: Apache-2.0
// The least that stores readings durably: inserts into one table of SQLite, and a log with checksums.
#pragma once

#include "support/temporary_directory.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace muster::bench {

enum class Sync : bool { no, yes };

/// One table with a number, a topic and a payload; no index, no accounts, no checksum. Its connection is set as the outbox's: write-ahead
/// log, exclusive, the same checkpoints and the same cache. Threads: one.
class BareSqlite {
public:
    BareSqlite(const std::filesystem::path& file, Sync sync);
    ~BareSqlite();
    BareSqlite(const BareSqlite&) = delete;
    BareSqlite& operator=(const BareSqlite&) = delete;
    /// One transaction.
    void insert(std::size_t count, std::string_view topic, std::string_view payload);

private:
    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

/// Appends, and fdatasync for each group. Threads: one.
class BareLog {
public:
    explicit BareLog(const std::filesystem::path& file);
    ~BareLog();
    BareLog(const BareLog&) = delete;
    BareLog& operator=(const BareLog&) = delete;
    void append(std::size_t count, std::string_view topic, std::string_view payload);

private:
    int fd_;
};

/// Counts every transaction that writes, of all connections of this process that are opened after the first call.
[[nodiscard]] std::uint64_t commits();

/// Bytes written to the device below a file so far; 0 if it cannot be told.
[[nodiscard]] std::uint64_t device_bytes(const std::filesystem::path& path);

}  // namespace muster::bench

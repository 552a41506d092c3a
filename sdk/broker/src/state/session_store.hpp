// SPDX-License-Identifier: Apache-2.0
// Sessions, what waits for them, and retained messages, in one SQLite file.
#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "state/changes.hpp"
#include "state/message_row.hpp"
#include "storage/sqlite.hpp"

#include <muster/result.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace muster::testbroker::state {

/// A connection and the statements that were prepared on it. Threads: one at a time.
class Database {
public:
    explicit Database(storage::Connection connection) : connection_(std::make_unique<storage::Connection>(std::move(connection))) {}

    [[nodiscard]] storage::Connection& connection() { return *connection_; }
    /// Ready to be bound; `sql` must be a literal, which is prepared once.
    [[nodiscard]] storage::Statement& prepared(const char* sql) {
        return prepared_.try_emplace(sql, *connection_, sql).first->second.again();
    }

private:
    std::unique_ptr<storage::Connection> connection_;  // Statements refer to it.
    std::unordered_map<const char*, storage::Statement> prepared_;
};

/// What one shard has of the store when a broker starts.
struct Loaded {
    std::vector<core::StoredTenant> tenants;
    MessageNotes messages;
};

/// One file for all shards: what one of them commits is on the disk when `write` returns.
/// Threads: any.
class SessionStore {
public:
    /// Opens or makes the file, as storage::open_database_file. `clock` must outlive it.
    static Result<std::unique_ptr<SessionStore>> open(const std::filesystem::path& path, const base::Clock& clock);

    /// All of it, or nothing. Fails with Code::no_space, Code::io.
    Result<void> write(const Changes& changes);
    /// Everything of the tenants for which `is_at_home(tenant)`. Fails with Code::corrupt, Code::io.
    Result<Loaded> load(const std::function<bool(std::string_view tenant)>& is_at_home);
    /// The first of `count` numbers that nothing has had.
    [[nodiscard]] StoredId take_ids(StoredId count);
    /// For tests: no more than so many pages, as if the disk were full.
    Result<void> limit_pages(unsigned pages);

private:
    SessionStore(storage::Connection connection, std::filesystem::path path, StoredId next_id, const base::Clock& clock)
        : path_(std::move(path)), clock_(clock), database_(std::move(connection)), next_id_(next_id) {}

    const std::filesystem::path path_;
    const base::Clock& clock_;
    base::Guarded<Database> database_;
    base::Guarded<StoredId> next_id_;
};

// write_changes.cpp
Result<void> write_changes(Database& database, const Changes& changes, const Moment& moment);
// load_sessions.cpp
Result<Loaded> load_sessions(Database& database, const std::function<bool(std::string_view tenant)>& is_at_home, const Moment& moment);

}  // namespace muster::testbroker::state

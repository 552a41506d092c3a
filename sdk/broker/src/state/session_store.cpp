// SPDX-License-Identifier: Apache-2.0
// The file and its tables.
#include "state/session_store.hpp"

#include "storage/database_file.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace muster::testbroker::state {
namespace {

constexpr std::int64_t application_id = 0x6D73'7453;  // "mstS": tells a store of sessions from every other SQLite file.

// Times are milliseconds since 1970. Ids are numbered together; a session's deliveries are in the order of theirs.
constexpr const char* format_1_sql = R"(
BEGIN IMMEDIATE;
CREATE TABLE sessions(
    id INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    role INTEGER NOT NULL CHECK(role IN (0, 1)),
    client_id TEXT NOT NULL,
    proof_name TEXT,
    proof_serial TEXT,
    expiry INTEGER NOT NULL,
    is_connected INTEGER NOT NULL CHECK(is_connected IN (0, 1)),
    expires_at INTEGER,
    UNIQUE(tenant, role, client_id)
) STRICT;
CREATE TABLE subscriptions(
    session INTEGER NOT NULL,
    filter TEXT NOT NULL,
    qos INTEGER NOT NULL CHECK(qos BETWEEN 0 AND 2),
    no_local INTEGER NOT NULL CHECK(no_local IN (0, 1)),
    retain_as_published INTEGER NOT NULL CHECK(retain_as_published IN (0, 1)),
    identifier INTEGER,
    PRIMARY KEY(session, filter)
) STRICT, WITHOUT ROWID;
CREATE TABLE held_ids(
    session INTEGER NOT NULL,
    packet_id INTEGER NOT NULL CHECK(packet_id BETWEEN 1 AND 65535),
    PRIMARY KEY(session, packet_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE messages(
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    qos INTEGER NOT NULL CHECK(qos BETWEEN 0 AND 2),
    retain INTEGER NOT NULL CHECK(retain IN (0, 1)),
    expires_at INTEGER,
    payload_format INTEGER,
    content_type TEXT,
    response_topic TEXT,
    correlation_data BLOB,
    user_properties BLOB
) STRICT;
CREATE TABLE wills(
    session INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    qos INTEGER NOT NULL CHECK(qos BETWEEN 0 AND 2),
    retain INTEGER NOT NULL CHECK(retain IN (0, 1)),
    expires_at INTEGER,
    payload_format INTEGER,
    content_type TEXT,
    response_topic TEXT,
    correlation_data BLOB,
    user_properties BLOB,
    delay INTEGER NOT NULL,
    lifetime INTEGER,
    due_at INTEGER
) STRICT;
CREATE TABLE deliveries(
    id INTEGER PRIMARY KEY,
    session INTEGER,
    tenant TEXT,
    message INTEGER,
    qos INTEGER NOT NULL CHECK(qos BETWEEN 1 AND 2),
    retain INTEGER NOT NULL CHECK(retain IN (0, 1)),
    identifiers BLOB,
    shared_group INTEGER NOT NULL,
    slot INTEGER NOT NULL CHECK(slot BETWEEN 0 AND 1023),
    packet_id INTEGER CHECK(packet_id BETWEEN 1 AND 65535),
    is_released INTEGER NOT NULL CHECK(is_released IN (0, 1)),
    CHECK((session IS NULL) <> (tenant IS NULL)),
    CHECK((message IS NULL) = is_released)
) STRICT;
CREATE TABLE retained(
    tenant TEXT NOT NULL,
    topic TEXT NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY(tenant, topic)
) STRICT, WITHOUT ROWID;
CREATE TABLE shared_groups(
    tenant TEXT NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY(tenant, id)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 1836282963;
PRAGMA user_version = 1;
COMMIT;)";
static_assert(application_id == 1'836'282'963);
constexpr std::int64_t newest_format = 1;

constexpr const char* last_id_sql = R"(
SELECT max(coalesce((SELECT max(id) FROM sessions), 0), coalesce((SELECT max(id) FROM messages), 0),
    coalesce((SELECT max(id) FROM deliveries), 0)))";

}  // namespace

Result<std::unique_ptr<SessionStore>> SessionStore::open(const std::filesystem::path& path, const base::Clock& clock) {
    auto opened = storage::open_database_file(path, {"store of sessions", application_id, newest_format});
    if (!opened) return std::move(opened).error();
    storage::Connection& connection = opened->connection;
    if (opened->format == 0) {
        if (auto made = connection.execute(format_1_sql); !made) return std::move(made).error();
    }
    // What was erased before is given back to the disk while nobody waits for it.
    if (auto shrunk = connection.execute("PRAGMA incremental_vacuum"); !shrunk) return std::move(shrunk).error();
    const auto last_id = storage::query_integer(connection, last_id_sql);
    if (!last_id) return last_id.error();
    return std::unique_ptr<SessionStore>(
        new SessionStore(std::move(connection), path, static_cast<StoredId>(std::max<std::int64_t>(*last_id, 0)) + 1, clock));
}

Result<void> SessionStore::write(const Changes& changes) {
    return database_.with([&](Database& database) { return write_changes(database, changes, Moment(clock_)); });
}

Result<Loaded> SessionStore::load(const std::function<bool(std::string_view tenant)>& is_at_home) {
    auto loaded = database_.with([&](Database& database) { return load_sessions(database, is_at_home, Moment(clock_)); });
    if (loaded || loaded.error().code() != Code::corrupt) return loaded;
    return Error{Code::corrupt, path_.string() + ": " + loaded.error().message(),
                 "move " + path_.string() + " aside, or name another directory"};
}

StoredId SessionStore::take_ids(StoredId count) {
    return next_id_.with([count](StoredId& next) { return std::exchange(next, next + count); });
}

Result<void> SessionStore::limit_pages(unsigned pages) {
    return database_.with([pages](Database& database) {
        return database.connection().execute(("PRAGMA max_page_count = " + std::to_string(pages)).c_str());
    });
}

}  // namespace muster::testbroker::state

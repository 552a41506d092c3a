// SPDX-License-Identifier: Apache-2.0
// The registry's tables.
#include "registry/schema.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace muster::testbroker::registry {
namespace {

constexpr std::int64_t application_id = 0x6D73'7452;  // "mstR": tells a registry from every other SQLite file.

// Step n makes format n of format n - 1. Times are seconds since 1970. Secrets are hashed. Serials are unique by the primary key, whoever
// issues.
constexpr const char* format_1_sql = R"(
BEGIN IMMEDIATE;
CREATE TABLE tenants(
    name TEXT PRIMARY KEY,
    isolation TEXT NOT NULL CHECK(isolation IN ('device', 'flat')),
    issuing_ca_pem TEXT NOT NULL,
    issuing_ca_sha256 TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE devices(
    tenant TEXT NOT NULL REFERENCES tenants,
    id TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    PRIMARY KEY(tenant, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE certificates(
    serial TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    csr_sha256 TEXT NOT NULL,
    state TEXT NOT NULL CHECK(state IN ('pending', 'issued', 'abandoned')),
    requested_at INTEGER NOT NULL,
    issued_at INTEGER,
    FOREIGN KEY(tenant, device) REFERENCES devices
) STRICT, WITHOUT ROWID;
CREATE INDEX certificates_of_device ON certificates(tenant, device, state, issued_at);
CREATE TABLE one_time_passwords(
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK(length(sha256) = 32),
    expires_at INTEGER NOT NULL,
    failed_attempts INTEGER NOT NULL DEFAULT 0,
    certificate TEXT REFERENCES certificates,
    PRIMARY KEY(tenant, device),
    FOREIGN KEY(tenant, device) REFERENCES devices
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_passwords_by_certificate ON one_time_passwords(certificate) WHERE certificate IS NOT NULL;
CREATE TABLE applications(
    tenant TEXT NOT NULL REFERENCES tenants,
    user TEXT NOT NULL,
    scrypt_n INTEGER NOT NULL,
    scrypt_r INTEGER NOT NULL,
    scrypt_p INTEGER NOT NULL,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY(tenant, user)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 1836282962;
PRAGMA user_version = 1;
COMMIT;)";
static_assert(application_id == 1'836'282'962);

constexpr const char* format_2_sql = R"(
BEGIN IMMEDIATE;
ALTER TABLE tenants ADD COLUMN device_passwords INTEGER NOT NULL DEFAULT 0 CHECK(device_passwords IN (0, 1));
ALTER TABLE tenants ADD COLUMN anonymous INTEGER NOT NULL DEFAULT 0 CHECK(anonymous = 0 OR (anonymous = 1 AND isolation = 'flat'));
CREATE UNIQUE INDEX one_anonymous_tenant ON tenants(anonymous) WHERE anonymous = 1;
CREATE TABLE device_passwords(
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    scrypt_n INTEGER NOT NULL,
    scrypt_r INTEGER NOT NULL,
    scrypt_p INTEGER NOT NULL,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY(tenant, device),
    FOREIGN KEY(tenant, device) REFERENCES devices
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 2;
COMMIT;)";

// A revoked serial stays when its device or application is deleted: who takes the name later must not be let in by the old certificate.
constexpr const char* format_3_sql = R"(
BEGIN IMMEDIATE;
ALTER TABLE devices ADD COLUMN revoked_at INTEGER;
CREATE TABLE revoked_certificates(
    tenant TEXT NOT NULL REFERENCES tenants,
    serial TEXT NOT NULL,
    revoked_at INTEGER NOT NULL,
    PRIMARY KEY(tenant, serial)
) STRICT, WITHOUT ROWID;
CREATE TABLE application_certificates(
    serial TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    user TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    csr_sha256 TEXT NOT NULL,
    FOREIGN KEY(tenant, user) REFERENCES applications
) STRICT, WITHOUT ROWID;
CREATE INDEX application_certificates_of_application ON application_certificates(tenant, user);
CREATE TABLE retired_issuers(sha256 TEXT PRIMARY KEY, retired_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE tenant_limits(
    tenant TEXT NOT NULL REFERENCES tenants,
    name TEXT NOT NULL,
    value INTEGER NOT NULL CHECK(value >= 0),
    PRIMARY KEY(tenant, name)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 3;
COMMIT;)";

constexpr std::array steps{format_1_sql, format_2_sql, format_3_sql};
constexpr auto newest_format = static_cast<std::int64_t>(steps.size());

// locking_mode before the first access: the log's index then lives in memory, and no second connection can write or checkpoint, which
// is what SQLite's WAL-reset bug (before 3.51.3) needs. synchronous=FULL: a serial must be on the disk before it is signed.
constexpr const char* settings_sql = R"(
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;)";

constexpr const char* recover_sql = R"(
BEGIN IMMEDIATE;
UPDATE certificates SET state = 'abandoned' WHERE state = 'pending';
UPDATE one_time_passwords SET certificate = NULL
    WHERE certificate IN (SELECT serial FROM certificates WHERE state = 'abandoned');
COMMIT;)";

constexpr int busy_timeout_ms = 2'000;  // Somebody may be looking at the file with the sqlite3 shell.

Result<void> ensure_private_file(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return base::system_error(errno, "cannot open the registry", path);
    struct stat status {};
    const bool examined = ::fstat(fd, &status) == 0;
    const int number = errno;
    ::close(fd);
    if (!examined) return base::system_error(number, "cannot examine the registry", path);
    if (!S_ISREG(status.st_mode)) return Error{Code::corrupt, path.string() + " is not a regular file"};
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Error{Code::unsafe_file, path.string() + " can be accessed by others than its owner", "chmod 600 " + path.string()};
    return {};
}

Result<std::int64_t> query_integer(Connection& connection, const char* sql) {
    Statement statement(connection, sql);
    auto row = statement.next();
    if (!row) return std::move(row).error();
    return *row ? statement.integer(0) : 0;
}

// Which format it has; 0: an empty file, to become a registry.
Result<std::int64_t> check_identity(Connection& connection, const std::filesystem::path& path) {
    const auto objects = query_integer(connection, "SELECT count(*) FROM sqlite_schema");
    if (!objects) return objects.error();
    const auto id = query_integer(connection, "PRAGMA application_id");
    if (!id) return id.error();
    const auto version = query_integer(connection, "PRAGMA user_version");
    if (!version) return version.error();
    if (*objects == 0 && *id == 0 && *version == 0) return 0;
    if (*id != application_id)
        return Error{Code::corrupt, path.string() + " is a database of another application, not a registry", "name another data directory"};
    if (*version > newest_format)
        return Error{Code::invalid_argument,
                     path.string() + " has format " + std::to_string(*version) + ", made by a newer muster; this one knows " +
                         std::to_string(newest_format),
                     "run the newer muster, or name another data directory"};
    if (*version < 1) return Error{Code::corrupt, path.string() + " has the unknown format " + std::to_string(*version)};
    return *version;
}

Result<void> check_integrity(Connection& connection) {
    Statement statement(connection, "PRAGMA quick_check(1)");
    auto row = statement.next();
    if (!row) return std::move(row).error();
    if (const auto verdict = statement.bytes(0); verdict != "ok")
        return Error{Code::corrupt, "the registry is damaged: " + verdict, "move the data directory aside and keep it for recovery"};
    return {};
}

}  // namespace

Result<Connection> open_database(const std::filesystem::path& path) {
    if (auto file = ensure_private_file(path); !file) return std::move(file).error();
    auto connection = Connection::open(path);
    if (!connection) return connection;
    sqlite3_busy_timeout(connection->get(), busy_timeout_ms);
    const auto format = check_identity(*connection, path);
    if (!format) return format.error();
    if (auto set = connection->execute(settings_sql); !set) return std::move(set).error();
    if (*format != 0) {
        if (auto sound = check_integrity(*connection); !sound) return std::move(sound).error();
    }
    for (auto step = static_cast<std::size_t>(*format); step < steps.size(); ++step) {
        if (auto made = connection->execute(steps.at(step)); !made) return std::move(made).error();
    }
    if (auto recovered = connection->execute(recover_sql); !recovered) return std::move(recovered).error();
    return connection;
}

}  // namespace muster::testbroker::registry

// SPDX-License-Identifier: Apache-2.0
// The registry's tables.
#include "registry/schema.hpp"

#include "storage/database_file.hpp"

#include <array>
#include <utility>

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

// An application may have certificates only, so its password moves into a table of its own.
constexpr const char* format_4_sql = R"(
BEGIN IMMEDIATE;
CREATE TABLE application_passwords(
    tenant TEXT NOT NULL,
    user TEXT NOT NULL,
    scrypt_n INTEGER NOT NULL,
    scrypt_r INTEGER NOT NULL,
    scrypt_p INTEGER NOT NULL,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY(tenant, user),
    FOREIGN KEY(tenant, user) REFERENCES applications
) STRICT, WITHOUT ROWID;
INSERT INTO application_passwords SELECT tenant, user, scrypt_n, scrypt_r, scrypt_p, salt, hash FROM applications;
ALTER TABLE applications DROP COLUMN scrypt_n;
ALTER TABLE applications DROP COLUMN scrypt_r;
ALTER TABLE applications DROP COLUMN scrypt_p;
ALTER TABLE applications DROP COLUMN salt;
ALTER TABLE applications DROP COLUMN hash;
ALTER TABLE application_certificates ADD COLUMN state TEXT NOT NULL DEFAULT 'issued' CHECK(state IN ('pending', 'issued', 'abandoned'));
PRAGMA user_version = 4;
COMMIT;)";

// One CA names devices of one tenant; which it is, its key and its name say as well as its certificate.
constexpr const char* format_5_sql = R"(
BEGIN IMMEDIATE;
CREATE TABLE trusted_cas(
    sha256 TEXT PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenants,
    pem TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_sha256 TEXT NOT NULL,
    key_sha256 TEXT NOT NULL,
    not_after INTEGER NOT NULL,
    registers_devices INTEGER NOT NULL CHECK(registers_devices IN (0, 1)),
    added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ca_challenges(
    tenant TEXT PRIMARY KEY REFERENCES tenants,
    challenge TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 5;
COMMIT;)";

// The log of issuances. Triggers fill it, so that no path to a certificate goes by it; and nothing empties it.
constexpr const char* format_6_sql = R"(
BEGIN IMMEDIATE;
ALTER TABLE tenants ADD COLUMN certificate_hours INTEGER NOT NULL DEFAULT 2160 CHECK(certificate_hours BETWEEN 1 AND 9528);
ALTER TABLE application_certificates ADD COLUMN requested_at INTEGER NOT NULL DEFAULT 0;
CREATE TABLE issuances(
    number INTEGER PRIMARY KEY,
    serial TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    profile TEXT NOT NULL CHECK(profile IN ('device', 'application')),
    name TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    csr_sha256 TEXT NOT NULL,
    not_after INTEGER NOT NULL,
    requested_at INTEGER NOT NULL,
    outcome TEXT NOT NULL
) STRICT;
CREATE INDEX issuances_of_tenant ON issuances(tenant, number);
INSERT INTO issuances(serial, tenant, profile, name, requested_by, csr_sha256, not_after, requested_at, outcome)
    SELECT serial, tenant, 'device', device, 'one-time password', csr_sha256, not_after, requested_at, state FROM certificates
    ORDER BY requested_at;
INSERT INTO issuances(serial, tenant, profile, name, requested_by, csr_sha256, not_after, requested_at, outcome)
    SELECT serial, tenant, 'application', user, 'administrator', csr_sha256, not_after, requested_at, state FROM application_certificates;
CREATE TRIGGER device_issuance_begins AFTER INSERT ON certificates BEGIN
    INSERT INTO issuances(serial, tenant, profile, name, requested_by, csr_sha256, not_after, requested_at, outcome) VALUES(
        NEW.serial, NEW.tenant, 'device', NEW.device, 'one-time password', NEW.csr_sha256, NEW.not_after, NEW.requested_at, NEW.state);
END;
CREATE TRIGGER device_issuance_ends AFTER UPDATE OF state ON certificates BEGIN
    UPDATE issuances SET outcome = NEW.state WHERE serial = NEW.serial;
END;
CREATE TRIGGER application_issuance_begins AFTER INSERT ON application_certificates BEGIN
    INSERT INTO issuances(serial, tenant, profile, name, requested_by, csr_sha256, not_after, requested_at, outcome) VALUES(
        NEW.serial, NEW.tenant, 'application', NEW.user, 'administrator', NEW.csr_sha256, NEW.not_after, NEW.requested_at, NEW.state);
END;
CREATE TRIGGER application_issuance_ends AFTER UPDATE OF state ON application_certificates BEGIN
    UPDATE issuances SET outcome = NEW.state WHERE serial = NEW.serial;
END;
PRAGMA user_version = 6;
COMMIT;)";

// At most one request of each device; a decision holds for the key that it was made on.
constexpr const char* format_7_sql = R"(
BEGIN IMMEDIATE;
ALTER TABLE tenants ADD COLUMN manual_approval INTEGER NOT NULL DEFAULT 0 CHECK(manual_approval IN (0, 1));
CREATE TABLE enrollment_requests(
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    key_sha256 TEXT NOT NULL,
    state TEXT NOT NULL CHECK(state IN ('waiting', 'approved', 'denied')),
    requested_at INTEGER NOT NULL,
    PRIMARY KEY(tenant, device),
    FOREIGN KEY(tenant, device) REFERENCES devices
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 7;
COMMIT;)";

// The log of issuances takes in what the authority signs for itself, too; a CHECK can only be changed by copying its table.
constexpr const char* format_8_sql = R"(
BEGIN IMMEDIATE;
DROP TRIGGER device_issuance_begins;
DROP TRIGGER device_issuance_ends;
DROP TRIGGER application_issuance_begins;
DROP TRIGGER application_issuance_ends;
CREATE TABLE new_issuances(
    number INTEGER PRIMARY KEY,
    serial TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    profile TEXT NOT NULL CHECK(profile IN ('device', 'application', 'broker', 'ca')),
    name TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    csr_sha256 TEXT NOT NULL,
    not_after INTEGER NOT NULL,
    requested_at INTEGER NOT NULL,
    outcome TEXT NOT NULL
) STRICT;
INSERT INTO new_issuances SELECT number, serial, tenant, profile, name, requested_by, csr_sha256, not_after, requested_at, outcome
    FROM issuances;
DROP TABLE issuances;
ALTER TABLE new_issuances RENAME TO issuances;
CREATE INDEX issuances_of_tenant ON issuances(tenant, number);
CREATE TRIGGER device_issuance_begins AFTER INSERT ON certificates BEGIN
    INSERT INTO issuances(serial, tenant, profile, name, requested_by, csr_sha256, not_after, requested_at, outcome) VALUES(
        NEW.serial, NEW.tenant, 'device', NEW.device, 'one-time password', NEW.csr_sha256, NEW.not_after, NEW.requested_at, NEW.state);
END;
CREATE TRIGGER device_issuance_ends AFTER UPDATE OF state ON certificates BEGIN
    UPDATE issuances SET outcome = NEW.state WHERE serial = NEW.serial;
END;
CREATE TRIGGER application_issuance_begins AFTER INSERT ON application_certificates BEGIN
    INSERT INTO issuances(serial, tenant, profile, name, requested_by, csr_sha256, not_after, requested_at, outcome) VALUES(
        NEW.serial, NEW.tenant, 'application', NEW.user, 'administrator', NEW.csr_sha256, NEW.not_after, NEW.requested_at, NEW.state);
END;
CREATE TRIGGER application_issuance_ends AFTER UPDATE OF state ON application_certificates BEGIN
    UPDATE issuances SET outcome = NEW.state WHERE serial = NEW.serial;
END;
PRAGMA user_version = 8;
COMMIT;)";

// What operators say of devices, and why they took back what they did. 0 is "unspecified".
constexpr const char* format_9_sql = R"(
BEGIN IMMEDIATE;
ALTER TABLE devices ADD COLUMN attributes TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN revocation_reason INTEGER NOT NULL DEFAULT 0;
ALTER TABLE revoked_certificates ADD COLUMN reason INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = 9;
COMMIT;)";

constexpr std::array steps{format_1_sql, format_2_sql, format_3_sql, format_4_sql, format_5_sql,
                           format_6_sql, format_7_sql, format_8_sql, format_9_sql};
constexpr auto newest_format = static_cast<std::int64_t>(steps.size());

constexpr const char* recover_sql = R"(
BEGIN IMMEDIATE;
UPDATE certificates SET state = 'abandoned' WHERE state = 'pending';
UPDATE one_time_passwords SET certificate = NULL
    WHERE certificate IN (SELECT serial FROM certificates WHERE state = 'abandoned');
UPDATE application_certificates SET state = 'abandoned' WHERE state = 'pending';
UPDATE issuances SET outcome = 'abandoned' WHERE outcome = 'pending' AND profile IN ('broker', 'ca');
COMMIT;)";

}  // namespace

Result<Connection> open_database(const std::filesystem::path& path) {
    auto opened = storage::open_database_file(path, {"registry", application_id, newest_format});
    if (!opened) return std::move(opened).error();
    Connection& connection = opened->connection;
    for (auto step = static_cast<std::size_t>(opened->format); step < steps.size(); ++step) {
        if (auto made = connection.execute(steps.at(step)); !made) return std::move(made).error();
    }
    if (auto recovered = connection.execute(recover_sql); !recovered) return std::move(recovered).error();
    return std::move(connection);
}

}  // namespace muster::testbroker::registry

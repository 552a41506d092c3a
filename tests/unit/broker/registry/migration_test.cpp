// SPDX-License-Identifier: Apache-2.0
// Registries of older formats, as the brokers of their time left them.
#include "opened_registry.hpp"
#include "registry/schema.hpp"
#include "registry/secrets.hpp"
#include "storage/sqlite.hpp"

#include <fstream>

using namespace muster;
using namespace muster::testbroker;

namespace {

constexpr const char* format_1 = R"(
CREATE TABLE tenants(name TEXT PRIMARY KEY, isolation TEXT NOT NULL CHECK(isolation IN ('device', 'flat')), issuing_ca_pem TEXT NOT NULL,
    issuing_ca_sha256 TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE devices(tenant TEXT NOT NULL REFERENCES tenants, id TEXT NOT NULL, registered_at INTEGER NOT NULL,
    PRIMARY KEY(tenant, id)) STRICT, WITHOUT ROWID;
CREATE TABLE certificates(serial TEXT PRIMARY KEY, tenant TEXT NOT NULL, device TEXT NOT NULL, not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL, csr_sha256 TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('pending', 'issued', 'abandoned')),
    requested_at INTEGER NOT NULL, issued_at INTEGER, FOREIGN KEY(tenant, device) REFERENCES devices) STRICT, WITHOUT ROWID;
CREATE TABLE one_time_passwords(tenant TEXT NOT NULL, device TEXT NOT NULL, sha256 BLOB NOT NULL CHECK(length(sha256) = 32),
    expires_at INTEGER NOT NULL, failed_attempts INTEGER NOT NULL DEFAULT 0, certificate TEXT REFERENCES certificates,
    PRIMARY KEY(tenant, device), FOREIGN KEY(tenant, device) REFERENCES devices) STRICT, WITHOUT ROWID;
CREATE TABLE applications(tenant TEXT NOT NULL REFERENCES tenants, user TEXT NOT NULL, scrypt_n INTEGER NOT NULL,
    scrypt_r INTEGER NOT NULL, scrypt_p INTEGER NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY(tenant, user)) STRICT, WITHOUT ROWID;
INSERT INTO tenants VALUES('acme', 'device', 'pem', 'sha', 1), ('lab', 'flat', 'pem', 'sha 2', 2);
INSERT INTO devices VALUES('acme', 'press-01', 3);
INSERT INTO certificates VALUES('01AB', 'acme', 'press-01', 4, 5, 'csr', 'issued', 4, 4);
PRAGMA application_id = 1836282962;
PRAGMA user_version = 1;)";

void store(const std::filesystem::path& path, const char* sql) {
    std::ofstream(path) << "";
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    auto connection = storage::Connection::open(path);
    REQUIRE(connection.ok());
    REQUIRE(connection->execute(sql).ok());
}

}  // namespace

TEST_CASE("a registry of format 1 keeps what it knew and learns what is new") {
    test::OpenedRegistry opened;
    opened.registry.reset();
    std::filesystem::remove(opened.directory / "registry.db");
    store(opened.directory / "registry.db", format_1);
    for (int time = 0; time < 2; ++time) {
        opened.reopen();
        const auto tenants = opened.registry->list_tenants();
        REQUIRE(tenants->size() == 2);
        CHECK(tenants->at(0).devices == 1);
        CHECK(tenants->at(1).isolation == Isolation::flat);
        CHECK(!tenants->at(1).options.anonymous);
        CHECK(opened.registry->list_devices("acme")->at(0).certificate_serial == "01AB");
        CHECK(opened.registry->directory().is_registered("acme", "press-01"));
        CHECK(opened.registry->list_issuances("acme", 10)->at(0).serial == "01AB");
    }
    CHECK(opened.registry->set_tenant_options("acme", {true, false}).ok());
    CHECK(opened.registry->set_device_password("acme", "press-01", "s3cret").ok());
}

TEST_CASE("an application of an older format keeps its password") {
    test::OpenedRegistry opened;
    opened.registry.reset();
    std::filesystem::remove(opened.directory / "registry.db");
    const auto hashed = registry::hash_password("s3cret", registry::min_password_cost);
    REQUIRE(hashed.ok());
    store(opened.directory / "registry.db", format_1);
    {
        auto connection = storage::Connection::open(opened.directory / "registry.db");
        REQUIRE(connection.ok());
        storage::Statement insert(*connection, "INSERT INTO applications VALUES('acme', 'dash', ?, ?, ?, ?, ?)");
        insert.bind(static_cast<std::int64_t>(hashed->n))
            .bind(static_cast<std::int64_t>(hashed->r))
            .bind(static_cast<std::int64_t>(hashed->p));
        REQUIRE(insert.bind_blob(hashed->salt).bind_blob(hashed->hash).run().ok());
    }
    opened.reopen();
    CHECK(opened.lets_in("acme", "dash", "s3cret"));
    CHECK(!opened.lets_in("acme", "dash", "wrong"));
}

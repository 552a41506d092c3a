// SPDX-License-Identifier: Apache-2.0
// What the directory knows when a broker starts: everything that is stored.
#include "registry/state.hpp"

namespace muster::testbroker::registry {
namespace {

// Calls `put` with each row.
template <class Put>
Result<void> for_each(Connection& connection, const char* sql, Put put) {
    Statement statement(connection, sql);
    auto row = statement.next();
    for (; row && *row; row = statement.next()) put(statement);
    if (!row) return std::move(row).error();
    return {};
}

}  // namespace

Result<void> load_directory(Connection& connection, RegistryDirectory& directory) {
    auto loaded =
        for_each(connection,
                 "SELECT name, isolation, device_passwords, anonymous, issuing_ca_sha256, certificate_hours, manual_approval FROM tenants",
                 [&](const Statement& row) {
                     const auto isolation = row.bytes(1) == "flat" ? Isolation::flat : Isolation::device;
                     const std::chrono::hours lifetime(row.integer(5));
                     const TenantOptions options{row.integer(2) != 0, row.integer(3) != 0, lifetime, row.integer(6) != 0};
                     directory.put_tenant({row.bytes(0), isolation, options}, row.bytes(4));
                 });
    if (!loaded) return loaded;
    Result<void> limited;
    loaded = for_each(connection, "SELECT DISTINCT tenant FROM tenant_limits", [&](const Statement& row) {
        const auto limits = read_limits(connection, row.bytes(0));
        if (limits)
            directory.put_limits(row.bytes(0), *limits);
        else
            limited = limits.error();
    });
    if (!loaded || !limited) return loaded ? limited : loaded;
    loaded = for_each(connection, "SELECT tenant, id, revoked_at FROM devices", [&](const Statement& row) {
        directory.put_device(row.bytes(0), row.bytes(1));
        if (!row.is_null(2)) directory.revoke_device(row.bytes(0), row.bytes(1));
    });
    if (!loaded) return loaded;
    loaded = for_each(connection, "SELECT tenant, serial FROM revoked_certificates",
                      [&](const Statement& row) { directory.revoke_certificate(row.bytes(0), row.bytes(1)); });
    if (!loaded) return loaded;
    loaded = for_each(connection, "SELECT tenant, user, serial FROM application_certificates WHERE state = 'issued'",
                      [&](const Statement& row) { directory.put_application_certificate(row.bytes(0), row.bytes(1), row.bytes(2)); });
    if (!loaded) return loaded;
    loaded = for_each(connection, "SELECT tenant, sha256, registers_devices FROM trusted_cas",
                      [&](const Statement& row) { directory.put_trusted_ca(row.bytes(0), row.bytes(1), row.integer(2) != 0); });
    if (!loaded) return loaded;
    loaded = for_each(connection, "SELECT tenant, user FROM applications",
                      [&](const Statement& row) { directory.put_application(row.bytes(0), row.bytes(1)); });
    if (!loaded) return loaded;
    const auto put_password = [&](tenancy::Role role) {
        return [&directory, role](const Statement& row) {
            directory.put_password(row.bytes(0), role, row.bytes(1), directory.credential(read_password(row, 2)));
        };
    };
    loaded = for_each(connection, "SELECT tenant, device, scrypt_n, scrypt_r, scrypt_p, salt, hash FROM device_passwords",
                      put_password(tenancy::Role::device));
    if (!loaded) return loaded;
    return for_each(connection, "SELECT tenant, user, scrypt_n, scrypt_r, scrypt_p, salt, hash FROM application_passwords",
                    put_password(tenancy::Role::application));
}

}  // namespace muster::testbroker::registry

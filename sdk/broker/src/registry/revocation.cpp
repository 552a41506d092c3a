// SPDX-License-Identifier: Apache-2.0
// Who was let in and shall not be any more: revoked devices and certificates, and what is deleted.
#include "registry/names.hpp"
#include "registry/state.hpp"

#include <array>

namespace muster::testbroker::registry {
namespace {

using Binds = std::initializer_list<std::string_view>;

Result<void> run(Connection& connection, const char* sql, Binds values) {
    Statement statement(connection, sql);
    for (const auto value : values) statement.bind(value);
    return statement.run();
}

// Runs one after the other with the same values, until one fails.
template <std::size_t Count>
Result<void> run_all(Connection& connection, const std::array<const char*, Count>& statements, Binds values) {
    for (const char* sql : statements)
        if (auto done = run(connection, sql, values); !done) return done;
    return {};
}

Result<void> require(Connection& connection, const char* sql, std::string_view tenant, std::string_view name, const char* what) {
    Statement statement(connection, sql);
    auto found = statement.bind(tenant).bind(name).next();
    if (!found) return std::move(found).error();
    if (*found) return {};
    return Error{Code::not_found, std::string("the tenant ") + std::string(tenant) + " has no such " + what};
}

Result<void> require_device(Connection& connection, std::string_view tenant, std::string_view id) {
    return require(connection, "SELECT 1 FROM devices WHERE tenant = ? AND id = ?", tenant, id, "device");
}

// From here on in memory too, from the table that was filled in the same transaction.
Result<std::vector<std::string>> serials_of(Connection& connection, const char* sql, std::string_view tenant, std::string_view name) {
    Statement statement(connection, sql);
    statement.bind(tenant).bind(name);
    std::vector<std::string> serials;
    auto row = statement.next();
    for (; row && *row; row = statement.next()) serials.push_back(statement.bytes(0));
    if (!row) return std::move(row).error();
    return serials;
}

Result<void> revoke_serials(Connection& connection, std::string_view tenant, const std::vector<std::string>& serials, std::int64_t now) {
    for (const auto& serial : serials) {
        Statement statement(connection, "INSERT INTO revoked_certificates VALUES(?, ?, ?) ON CONFLICT DO NOTHING");
        if (auto stored = statement.bind(tenant).bind(serial).bind(now).run(); !stored) return stored;
    }
    return {};
}

constexpr const char* serials_of_device_sql = "SELECT serial FROM certificates WHERE tenant = ? AND device = ? AND state <> 'abandoned'";
constexpr const char* serials_of_application_sql = "SELECT serial FROM application_certificates WHERE tenant = ? AND user = ?";

}  // namespace

Result<void> Registry::revoke_device(std::string_view tenant, std::string_view device_id) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        if (auto exists = require_device(connection, tenant, device_id); !exists) return exists;
        Statement revoke(connection, "UPDATE devices SET revoked_at = coalesce(revoked_at, ?) WHERE tenant = ? AND id = ?");
        if (auto stored = revoke.bind(now).bind(tenant).bind(device_id).run(); !stored) return stored;
        const auto serials = serials_of(connection, serials_of_device_sql, tenant, device_id);
        if (!serials) return serials.error();
        if (auto stored = revoke_serials(connection, tenant, *serials, now); !stored) return stored;
        // No new certificate either: neither by its one-time password nor by the enrollment that is under way.
        constexpr std::array statements{
            "DELETE FROM one_time_passwords WHERE tenant = ? AND device = ?",
            "DELETE FROM enrollment_requests WHERE tenant = ? AND device = ?",
            "UPDATE certificates SET state = 'abandoned' WHERE tenant = ? AND device = ? AND state = 'pending'"};
        if (auto stored = run_all(connection, statements, {tenant, device_id}); !stored) return stored;
        if (auto done = transaction->commit(); !done) return done;
        for (const auto& serial : *serials) state_->directory->revoke_certificate(tenant, serial);
        state_->directory->revoke_device(tenant, device_id);
        return {};
    });
}

Result<void> Registry::revoke_certificate(std::string_view tenant, std::string_view serial) {
    auto number = parse_serial(serial);
    if (!number) return std::move(number).error();
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        if (auto stored = revoke_serials(connection, tenant, {*number}, now); !stored) return stored;
        state_->directory->revoke_certificate(tenant, *number);
        return {};
    });
}

Result<void> Registry::delete_device(std::string_view tenant, std::string_view device_id) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        if (auto exists = require_device(connection, tenant, device_id); !exists) return exists;
        const auto serials = serials_of(connection, serials_of_device_sql, tenant, device_id);
        if (!serials) return serials.error();
        if (auto stored = revoke_serials(connection, tenant, *serials, now); !stored) return stored;
        constexpr std::array statements{"DELETE FROM one_time_passwords WHERE tenant = ? AND device = ?",
                                        "DELETE FROM enrollment_requests WHERE tenant = ? AND device = ?",
                                        "DELETE FROM device_passwords WHERE tenant = ? AND device = ?",
                                        "DELETE FROM certificates WHERE tenant = ? AND device = ?",
                                        "DELETE FROM devices WHERE tenant = ? AND id = ?"};
        if (auto deleted = run_all(connection, statements, {tenant, device_id}); !deleted) return deleted;
        if (auto done = transaction->commit(); !done) return done;
        for (const auto& serial : *serials) state_->directory->revoke_certificate(tenant, serial);
        state_->directory->remove_principal(tenant, device_id);
        return {};
    });
}

Result<void> Registry::delete_application(std::string_view tenant, std::string_view user) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        auto exists = require(connection, "SELECT 1 FROM applications WHERE tenant = ? AND user = ?", tenant, user, "application");
        if (!exists) return exists;
        const auto serials = serials_of(connection, serials_of_application_sql, tenant, user);
        if (!serials) return serials.error();
        if (auto stored = revoke_serials(connection, tenant, *serials, now); !stored) return stored;
        constexpr std::array statements{"DELETE FROM application_certificates WHERE tenant = ? AND user = ?",
                                        "DELETE FROM application_passwords WHERE tenant = ? AND user = ?",
                                        "DELETE FROM applications WHERE tenant = ? AND user = ?"};
        if (auto deleted = run_all(connection, statements, {tenant, user}); !deleted) return deleted;
        if (auto done = transaction->commit(); !done) return done;
        for (const auto& serial : *serials) state_->directory->revoke_certificate(tenant, serial);
        state_->directory->remove_principal(tenant, user);
        return {};
    });
}

Result<void> Registry::delete_tenant(std::string_view name) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, name); !exists) return exists;
        Statement retire(connection,
                         "INSERT INTO retired_issuers SELECT issuing_ca_sha256, ? FROM tenants WHERE name = ? ON CONFLICT DO NOTHING");
        if (auto stored = retire.bind(now).bind(name).run(); !stored) return stored;
        constexpr std::array statements{"DELETE FROM one_time_passwords WHERE tenant = ?",
                                        "DELETE FROM enrollment_requests WHERE tenant = ?",
                                        "DELETE FROM device_passwords WHERE tenant = ?",
                                        "DELETE FROM certificates WHERE tenant = ?",
                                        "DELETE FROM devices WHERE tenant = ?",
                                        "DELETE FROM application_certificates WHERE tenant = ?",
                                        "DELETE FROM application_passwords WHERE tenant = ?",
                                        "DELETE FROM applications WHERE tenant = ?",
                                        "DELETE FROM revoked_certificates WHERE tenant = ?",
                                        "DELETE FROM tenant_limits WHERE tenant = ?",
                                        "DELETE FROM trusted_cas WHERE tenant = ?",
                                        "DELETE FROM ca_challenges WHERE tenant = ?",
                                        "DELETE FROM tenants WHERE name = ?"};
        if (auto deleted = run_all(connection, statements, {name}); !deleted) return deleted;
        if (auto done = transaction->commit(); !done) return done;
        state_->directory->remove_tenant(name);
        return {};
    });
}

Result<bool> Registry::is_retired(std::string_view issuer_sha256) const {
    return state_->database.with([&](Connection& connection) -> Result<bool> {
        Statement statement(connection, "SELECT 1 FROM retired_issuers WHERE sha256 = ?");
        return statement.bind(issuer_sha256).next();
    });
}

}  // namespace muster::testbroker::registry

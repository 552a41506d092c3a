// SPDX-License-Identifier: Apache-2.0
// Tenants in the registry.
#include "registry/names.hpp"
#include "registry/state.hpp"

namespace muster::testbroker::registry {
namespace {

Isolation isolation_of(std::string_view text) {
    return text == "flat" ? Isolation::flat : Isolation::device;
}

Tenant read_tenant(const Statement& row) {
    return {row.bytes(0), isolation_of(row.bytes(1)), row.bytes(2), row.bytes(3), from_seconds(row.integer(4))};
}

Result<std::optional<Tenant>> find(Connection& connection, const char* sql, std::string_view key) {
    Statement statement(connection, sql);
    auto found = statement.bind(key).next();
    if (!found) return std::move(found).error();
    return *found ? std::optional(read_tenant(statement)) : std::nullopt;
}

}  // namespace

Result<void> require_tenant(Connection& connection, std::string_view name) {
    Statement statement(connection, "SELECT 1 FROM tenants WHERE name = ?");
    auto found = statement.bind(name).next();
    if (!found) return std::move(found).error();
    if (*found) return {};
    if (auto valid = check_tenant_name(name); !valid)
        return Error{Code::not_found, "there is no tenant of that name", valid.error().hint()};
    return Error{Code::not_found, "there is no tenant " + std::string(name), "create it first: muster tenant create " + std::string(name)};
}

Result<TenantInfo> Registry::add_tenant(std::string_view name, Isolation isolation, std::string_view ca_pem, std::string_view ca_sha256) {
    if (auto valid = check_tenant_name(name); !valid) return std::move(valid).error();
    const auto created = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<TenantInfo> {
        Statement insert(connection, "INSERT INTO tenants VALUES(?, ?, ?, ?, ?) ON CONFLICT(name) DO NOTHING RETURNING name");
        insert.bind(name).bind(isolation == Isolation::flat ? "flat" : "device").bind(ca_pem).bind(ca_sha256).bind(created);
        auto inserted = insert.next();
        if (!inserted) return std::move(inserted).error();
        if (!*inserted) return Error{Code::conflict, "the tenant " + std::string(name) + " exists already", "choose another name"};
        // The row is durable once the statement has run to its end.
        if (auto done = insert.run(); !done) return std::move(done).error();
        return TenantInfo{std::string(name), isolation, 0, std::string(ca_sha256), from_seconds(created)};
    });
}

Result<std::optional<Tenant>> Registry::find_tenant(std::string_view name) const {
    return state_->database.with([&](Connection& connection) {
        return find(connection, "SELECT name, isolation, issuing_ca_pem, issuing_ca_sha256, created_at FROM tenants WHERE name = ?", name);
    });
}

Result<std::optional<Tenant>> Registry::find_tenant_by_issuer(std::string_view ca_sha256) const {
    return state_->database.with([&](Connection& connection) {
        return find(connection,
                    "SELECT name, isolation, issuing_ca_pem, issuing_ca_sha256, created_at FROM tenants WHERE issuing_ca_sha256 = ?",
                    ca_sha256);
    });
}

Result<std::vector<Tenant>> Registry::tenants() const {
    return state_->database.with([&](Connection& connection) -> Result<std::vector<Tenant>> {
        Statement statement(connection, "SELECT name, isolation, issuing_ca_pem, issuing_ca_sha256, created_at FROM tenants ORDER BY name");
        std::vector<Tenant> tenants;
        auto row = statement.next();
        for (; row && *row; row = statement.next()) tenants.push_back(read_tenant(statement));
        if (!row) return std::move(row).error();
        return tenants;
    });
}

Result<std::vector<TenantInfo>> Registry::list_tenants() const {
    return state_->database.with([&](Connection& connection) -> Result<std::vector<TenantInfo>> {
        Statement statement(connection,
                            "SELECT name, isolation, (SELECT count(*) FROM devices WHERE tenant = name), issuing_ca_sha256, created_at "
                            "FROM tenants ORDER BY name");
        std::vector<TenantInfo> tenants;
        auto row = statement.next();
        for (; row && *row; row = statement.next())
            tenants.push_back({statement.bytes(0), isolation_of(statement.bytes(1)), static_cast<std::uint64_t>(statement.integer(2)),
                               statement.bytes(3), from_seconds(statement.integer(4))});
        if (!row) return std::move(row).error();
        return tenants;
    });
}

}  // namespace muster::testbroker::registry

// SPDX-License-Identifier: Apache-2.0
// Tenants in the registry.
#include "registry/names.hpp"
#include "registry/state.hpp"

#include <string>

namespace muster::testbroker::registry {
namespace {

Isolation isolation_of(std::string_view text) {
    return text == "flat" ? Isolation::flat : Isolation::device;
}

std::string select(const char* rest) {
    return std::string(
               "SELECT name, isolation, issuing_ca_pem, issuing_ca_sha256, created_at, device_passwords, anonymous, "
               "(SELECT count(*) FROM devices WHERE tenant = name), certificate_hours, manual_approval FROM tenants ") +
           rest;
}

TenantOptions read_options(const Statement& row) {
    return {row.integer(5) != 0, row.integer(6) != 0, std::chrono::hours(row.integer(8)), row.integer(9) != 0};
}

Tenant read_tenant(const Statement& row) {
    return {row.bytes(0), isolation_of(row.bytes(1)), row.bytes(2), row.bytes(3), from_seconds(row.integer(4)), read_options(row)};
}

TenantInfo read_info(const Statement& row) {
    const auto devices = static_cast<std::uint64_t>(row.integer(7));
    return {row.bytes(0), isolation_of(row.bytes(1)), devices, row.bytes(3), from_seconds(row.integer(4)), read_options(row)};
}

template <class Entry>
Result<std::vector<Entry>> read_all(Connection& connection, Entry (*read)(const Statement&)) {
    Statement statement(connection, select("ORDER BY name").c_str());
    std::vector<Entry> entries;
    auto row = statement.next();
    for (; row && *row; row = statement.next()) entries.push_back(read(statement));
    if (!row) return std::move(row).error();
    return entries;
}

Result<void> check_options(Connection& connection, std::string_view name, Isolation isolation, const TenantOptions& options) {
    constexpr std::chrono::hours longest(24 * 397);
    if (options.certificate_lifetime < std::chrono::hours(1) || options.certificate_lifetime > longest)
        return Error{Code::invalid_argument, "a certificate's lifetime is 1 hour to 397 days"};
    if (!options.anonymous) return {};
    if (isolation != Isolation::flat)
        return Error{Code::invalid_argument, "a tenant that isolates its devices cannot take anonymous clients", "make it flat"};
    Statement statement(connection, "SELECT name FROM tenants WHERE anonymous = 1 AND name <> ?");
    auto found = statement.bind(name).next();
    if (!found) return std::move(found).error();
    // Who names no tenant can belong to one only.
    if (*found) return Error{Code::conflict, "the tenant " + statement.bytes(0) + " takes the anonymous clients already"};
    return {};
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

Result<TenantInfo> Registry::add_tenant(std::string_view name, Isolation isolation, std::string_view ca_pem, std::string_view ca_sha256,
                                        const TenantOptions& options) {
    if (auto valid = check_tenant_name(name); !valid) return std::move(valid).error();
    const auto created = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<TenantInfo> {
        if (auto possible = check_options(connection, name, isolation, options); !possible) return std::move(possible).error();
        Statement insert(
            connection,
            "INSERT INTO tenants(name, isolation, issuing_ca_pem, issuing_ca_sha256, created_at, device_passwords, anonymous, "
            "certificate_hours, manual_approval) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(name) DO NOTHING RETURNING name");
        insert.bind(name).bind(isolation == Isolation::flat ? "flat" : "device").bind(ca_pem).bind(ca_sha256).bind(created);
        insert.bind(std::int64_t{options.device_passwords}).bind(std::int64_t{options.anonymous});
        auto inserted = insert.bind(std::int64_t{options.certificate_lifetime.count()}).bind(std::int64_t{options.manual_approval}).next();
        if (!inserted) return std::move(inserted).error();
        if (!*inserted) return Error{Code::conflict, "the tenant " + std::string(name) + " exists already", "choose another name"};
        // The row is durable once the statement has run to its end.
        if (auto done = insert.run(); !done) return std::move(done).error();
        state_->directory->put_tenant({std::string(name), isolation, options}, ca_sha256);
        return TenantInfo{std::string(name), isolation, 0, std::string(ca_sha256), from_seconds(created), options};
    });
}

Result<TenantInfo> Registry::set_tenant_options(std::string_view name, const TenantOptions& options) {
    return state_->database.with([&](Connection& connection) -> Result<TenantInfo> {
        if (auto exists = require_tenant(connection, name); !exists) return std::move(exists).error();
        Statement statement(connection, select("WHERE name = ?").c_str());
        auto found = statement.bind(name).next();
        if (!found) return std::move(found).error();
        auto tenant = read_info(statement);
        if (auto possible = check_options(connection, name, tenant.isolation, options); !possible) return std::move(possible).error();
        Statement update(
            connection,
            "UPDATE tenants SET device_passwords = ?, anonymous = ?, certificate_hours = ?, manual_approval = ? WHERE name = ?");
        update.bind(std::int64_t{options.device_passwords}).bind(std::int64_t{options.anonymous});
        update.bind(std::int64_t{options.certificate_lifetime.count()}).bind(std::int64_t{options.manual_approval}).bind(name);
        if (auto stored = update.run(); !stored) return std::move(stored).error();
        state_->directory->put_tenant({tenant.name, tenant.isolation, options}, tenant.issuing_ca_sha256);
        tenant.options = options;
        return tenant;
    });
}

Result<std::optional<Tenant>> Registry::find_tenant(std::string_view name) const {
    return state_->database.with([&](Connection& connection) -> Result<std::optional<Tenant>> {
        Statement statement(connection, select("WHERE name = ?").c_str());
        auto found = statement.bind(name).next();
        if (!found) return std::move(found).error();
        return *found ? std::optional(read_tenant(statement)) : std::nullopt;
    });
}

Result<std::vector<Tenant>> Registry::tenants() const {
    return state_->database.with([](Connection& connection) { return read_all(connection, &read_tenant); });
}

Result<std::vector<TenantInfo>> Registry::list_tenants() const {
    return state_->database.with([](Connection& connection) { return read_all(connection, &read_info); });
}

}  // namespace muster::testbroker::registry

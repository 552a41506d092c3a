// SPDX-License-Identifier: Apache-2.0
// Tenants' limits in the registry: a row for each that is set.
#include "registry/limits.hpp"

#include "registry/state.hpp"

#include <limits>

namespace muster::testbroker::registry {
namespace {

constexpr std::uint64_t max_limit = std::numeric_limits<std::uint32_t>::max();

Result<void> check_limits(const TenantLimits& limits) {
    for (const auto& [name, member] : limit_names) {
        const auto& value = limits.*member;
        if (value && (*value == 0 || *value > max_limit))
            return Error{Code::invalid_argument, "the limit " + std::string(name) + " is " + std::to_string(*value),
                         "use 1 to 4294967295, or none"};
    }
    return {};
}

}  // namespace

Result<TenantLimits> read_limits(Connection& connection, std::string_view tenant) {
    Statement statement(connection, "SELECT name, value FROM tenant_limits WHERE tenant = ?");
    statement.bind(tenant);
    TenantLimits limits;
    auto row = statement.next();
    for (; row && *row; row = statement.next()) {
        const auto name = statement.bytes(0);
        for (const auto& known : limit_names)
            if (name == known.name) limits.*known.member = static_cast<std::uint64_t>(statement.integer(1));
    }
    if (!row) return std::move(row).error();
    return limits;
}

Result<void> Registry::set_tenant_limits(std::string_view tenant, const TenantLimits& limits) {
    if (auto valid = check_limits(limits); !valid) return valid;
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        Statement clear(connection, "DELETE FROM tenant_limits WHERE tenant = ?");
        if (auto cleared = clear.bind(tenant).run(); !cleared) return cleared;
        for (const auto& [name, member] : limit_names) {
            const auto& value = limits.*member;
            if (!value) continue;
            Statement insert(connection, "INSERT INTO tenant_limits VALUES(?, ?, ?)");
            if (auto stored = insert.bind(tenant).bind(name).bind(static_cast<std::int64_t>(*value)).run(); !stored) return stored;
        }
        if (auto done = transaction->commit(); !done) return done;
        state_->directory->put_limits(tenant, limits);
        return {};
    });
}

Result<TenantLimits> Registry::tenant_limits(std::string_view tenant) const {
    return state_->database.with([&](Connection& connection) -> Result<TenantLimits> {
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        return read_limits(connection, tenant);
    });
}

}  // namespace muster::testbroker::registry

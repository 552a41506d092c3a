// SPDX-License-Identifier: Apache-2.0
// Hashed passwords as rows, and devices' passwords.
#include "registry/names.hpp"
#include "registry/state.hpp"

namespace muster::testbroker::registry {

Result<void> require_device_passwords(Connection& connection, std::string_view tenant) {
    Statement statement(connection, "SELECT device_passwords FROM tenants WHERE name = ?");
    auto found = statement.bind(tenant).next();
    if (!found) return std::move(found).error();
    if (*found && statement.integer(0) != 0) return {};
    return Error{Code::denied, "the tenant " + std::string(tenant) + " lets devices in with certificates only",
                 "allow passwords: muster tenant set " + std::string(tenant) + " --device-passwords"};
}

void bind_password(Statement& statement, const PasswordHash& password) {
    for (const auto parameter : {password.n, password.r, password.p}) statement.bind(static_cast<std::int64_t>(parameter));
    statement.bind_blob(password.salt).bind_blob(password.hash);
}

PasswordHash read_password(const Statement& row, int first) {
    const auto parameter = [&](int column) { return static_cast<std::uint64_t>(row.integer(first + column)); };
    return {parameter(0), parameter(1), parameter(2), row.bytes(first + 3), row.bytes(first + 4)};
}

Result<void> store_device_password(Connection& connection, std::string_view tenant, std::string_view device_id,
                                   const PasswordHash& password) {
    Statement statement(connection, "INSERT OR REPLACE INTO device_passwords VALUES(?, ?, ?, ?, ?, ?, ?)");
    bind_password(statement.bind(tenant).bind(device_id), password);
    return statement.run();
}

Result<std::vector<std::optional<PasswordHash>>> hash_new_passwords(const RegistryDirectory& directory, std::string_view tenant,
                                                                    const std::vector<NewDevice>& devices, unsigned cost) {
    std::vector<std::optional<PasswordHash>> hashes(devices.size());
    const auto known = directory.tenant_named(tenant);
    if (!known || !known->options.device_passwords) return hashes;  // What will be refused is not worth the time.
    for (std::size_t i = 0; i < devices.size(); ++i) {
        const auto& [id, one_time_password, attributes, password] = devices[i];
        if (password.empty() || !check_password(password)) continue;
        if (directory.check_password(tenant, id, password) == tenancy::Role::device) continue;
        auto hash = hash_password(password, cost);
        if (!hash) return std::move(hash).error();
        hashes[i] = std::move(*hash);
    }
    return hashes;
}

Result<void> Registry::set_device_password(std::string_view tenant, std::string_view device_id, std::string_view password) {
    if (auto valid = check_foreign_device_id(device_id); !valid) return valid;
    if (auto valid = check_password(password); !valid) return valid;
    const auto hashed = hash_password(password, state_->password_cost);
    if (!hashed) return hashed.error();
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        if (auto allowed = require_device_passwords(connection, tenant); !allowed) return allowed;
        if (auto free = refuse_application_named(connection, tenant, device_id); !free) return free;
        Statement device(connection, "INSERT INTO devices(tenant, id, registered_at) VALUES(?, ?, ?) ON CONFLICT DO NOTHING");
        if (auto stored = device.bind(tenant).bind(device_id).bind(now).run(); !stored) return stored;
        if (auto stored = store_device_password(connection, tenant, device_id, *hashed); !stored) return stored;
        if (auto done = transaction->commit(); !done) return done;
        auto credential = state_->directory->credential(*hashed);
        credential->remember(password);
        state_->directory->put_password(tenant, tenancy::Role::device, device_id, std::move(credential));
        return {};
    });
}

}  // namespace muster::testbroker::registry

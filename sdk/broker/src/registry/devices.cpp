// SPDX-License-Identifier: Apache-2.0
// Devices in the registry, and their one-time passwords as they are handed out.
#include "registry/names.hpp"
#include "registry/secrets.hpp"
#include "registry/state.hpp"

namespace muster::testbroker::registry {
namespace {

constexpr std::chrono::hours one_time_password_lifetime(24);

Result<void> refuse_enrolled(Connection& connection, std::string_view tenant, std::string_view device_id) {
    Statement statement(connection, "SELECT 1 FROM certificates WHERE tenant = ? AND device = ? AND state IN ('issued', 'pending')");
    auto found = statement.bind(tenant).bind(device_id).next();
    if (!found) return std::move(found).error();
    if (*found)
        return Error{Code::conflict,
                     "the device " + std::string(device_id) + " of tenant " + std::string(tenant) + " has enrolled already"};
    return {};
}

// What was revoked may be a device in the wrong hands: only who deletes it on purpose can have it again.
Result<void> refuse_revoked(Connection& connection, std::string_view tenant, std::string_view device_id) {
    Statement statement(connection, "SELECT 1 FROM devices WHERE tenant = ? AND id = ? AND revoked_at IS NOT NULL");
    auto found = statement.bind(tenant).bind(device_id).next();
    if (!found) return std::move(found).error();
    if (*found)
        return Error{Code::conflict, "the device " + std::string(device_id) + " of tenant " + std::string(tenant) + " has been revoked",
                     "delete it first: muster device delete"};
    return {};
}

DeviceInfo read_device(const std::string& tenant, const Statement& row) {
    DeviceInfo device{tenant, row.bytes(0), !row.is_null(2), row.bytes(2), std::nullopt, from_seconds(row.integer(1))};
    if (device.enrolled) device.certificate_not_after = from_seconds(row.integer(3));
    device.revoked = !row.is_null(4);
    return device;
}

}  // namespace

Result<void> refuse_device_named(Connection& connection, std::string_view tenant, std::string_view name) {
    Statement statement(connection, "SELECT 1 FROM devices WHERE tenant = ? AND id = ?");
    auto found = statement.bind(tenant).bind(name).next();
    if (!found) return std::move(found).error();
    if (*found)
        return Error{Code::conflict, std::string(name) + " is a device of tenant " + std::string(tenant) + " and cannot be an application",
                     "choose another name"};
    return {};
}

Result<Registration> Registry::register_device(std::string_view tenant, std::string_view device_id) {
    if (auto valid = check_device_id(device_id); !valid) return std::move(valid).error();
    auto password = make_one_time_password();
    if (!password) return std::move(password).error();
    const auto now = to_seconds(state_->clock.wall_now());
    const auto expires = from_seconds(now) + one_time_password_lifetime;
    return state_->database.with([&](Connection& connection) -> Result<Registration> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        if (auto free = refuse_revoked(connection, tenant, device_id); !free) return std::move(free).error();
        if (auto free = refuse_enrolled(connection, tenant, device_id); !free) return std::move(free).error();
        if (auto free = refuse_application_named(connection, tenant, device_id); !free) return std::move(free).error();
        Statement device(connection, "INSERT INTO devices(tenant, id, registered_at) VALUES(?, ?, ?) ON CONFLICT DO NOTHING");
        if (auto stored = device.bind(tenant).bind(device_id).bind(now).run(); !stored) return std::move(stored).error();
        // An older password of the device ends here, its count of wrong attempts with it.
        Statement one_time(connection, "INSERT OR REPLACE INTO one_time_passwords(tenant, device, sha256, expires_at) VALUES(?, ?, ?, ?)");
        one_time.bind(tenant).bind(device_id).bind_blob(hash_one_time_password(*password)).bind(to_seconds(expires));
        if (auto stored = one_time.run(); !stored) return std::move(stored).error();
        if (auto done = transaction->commit(); !done) return std::move(done).error();
        state_->directory->put_device(tenant, device_id);
        return Registration{std::string(device_id), std::move(*password), expires};
    });
}

Result<std::vector<DeviceInfo>> Registry::list_devices(std::string_view tenant) const {
    return state_->database.with([&](Connection& connection) -> Result<std::vector<DeviceInfo>> {
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        Statement statement(connection,
                            "SELECT id, registered_at, serial, not_after, revoked_at FROM devices LEFT JOIN certificates ON serial = "
                            "(SELECT serial FROM certificates c WHERE c.tenant = devices.tenant AND c.device = devices.id "
                            "AND c.state = 'issued' ORDER BY c.issued_at DESC, c.serial LIMIT 1) "
                            "WHERE devices.tenant = ? ORDER BY id");
        statement.bind(tenant);
        std::vector<DeviceInfo> devices;
        auto row = statement.next();
        for (; row && *row; row = statement.next()) devices.push_back(read_device(std::string(tenant), statement));
        if (!row) return std::move(row).error();
        return devices;
    });
}

}  // namespace muster::testbroker::registry

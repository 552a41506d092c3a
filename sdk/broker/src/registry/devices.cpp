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

constexpr const char* device_sql =
    "SELECT id, registered_at, serial, not_after, revoked_at, revocation_reason, attributes, p.device IS NOT NULL, "
    "ifnull(o.failed_attempts, 0), r.state FROM devices LEFT JOIN certificates ON serial = "
    "(SELECT serial FROM certificates c WHERE c.tenant = devices.tenant AND c.device = devices.id "
    "AND c.state = 'issued' ORDER BY c.issued_at DESC, c.serial LIMIT 1) "
    "LEFT JOIN device_passwords p ON p.tenant = devices.tenant AND p.device = id "
    "LEFT JOIN one_time_passwords o ON o.tenant = devices.tenant AND o.device = id "
    "LEFT JOIN enrollment_requests r ON r.tenant = devices.tenant AND r.device = id ";

KnownDevice read_device(const std::string& tenant, const Statement& row) {
    KnownDevice device;
    device.tenant = tenant;
    device.id = row.bytes(0);
    device.registered = from_seconds(row.integer(1));
    device.enrolled = !row.is_null(2);
    device.certificate_serial = row.bytes(2);
    device.revoked = !row.is_null(4);
    if (device.enrolled) device.certificate_not_after = from_seconds(row.integer(3));
    if (device.revoked) device.revocation_reason = name_of(static_cast<RevocationReason>(row.integer(5)));
    device.attributes = parse_attributes(row.bytes(6));
    device.has_password = row.integer(7) != 0;
    device.one_time_password_blocked = row.integer(8) >= max_failed_attempts;
    if (!row.is_null(9)) device.approval = approval_of(row.bytes(9));
    return device;
}

/// What is known of a device that is to be registered.
struct Known {
    bool is_there = false;
    bool has_same_password = false;
    DeviceAttributes attributes;
};

Result<Known> find_known(Connection& connection, std::string_view tenant, const NewDevice& device) {
    Statement statement(connection,
                        "SELECT attributes, sha256 FROM devices LEFT JOIN one_time_passwords o ON o.tenant = devices.tenant AND "
                        "o.device = devices.id WHERE devices.tenant = ? AND id = ?");
    auto found = statement.bind(tenant).bind(device.id).next();
    if (!found) return std::move(found).error();
    Known known;
    known.is_there = *found;
    if (!known.is_there) return known;
    known.attributes = parse_attributes(statement.bytes(0));
    known.has_same_password = !device.one_time_password.empty() && !statement.is_null(1) &&
                              is_same_secret(statement.bytes(1), hash_one_time_password(device.one_time_password));
    return known;
}

Result<void> check(const NewDevice& device) {
    if (auto valid = check_device_id(device.id); !valid) return valid;
    if (device.attributes) {
        if (auto valid = check_attributes(*device.attributes); !valid) return valid;
    }
    if (!device.one_time_password.empty() && !device.password.empty())
        return Error{Code::invalid_argument, "the device has a password and a one-time password", "give it one of them"};
    if (!device.password.empty()) return check_password(device.password);
    return device.one_time_password.empty() ? Result<void>() : check_one_time_password_text(device.one_time_password);
}

/// Registers devices in a transaction. What fails before anything is written leaves the others alone.
class Registering {
public:
    Registering(Connection& connection, std::string_view tenant, std::int64_t now, const RegistryDirectory& directory)
        : connection_(connection),
          tenant_(tenant),
          now_(now),
          expires_(from_seconds(now) + one_time_password_lifetime),
          directory_(directory) {}

    /// `hash` is that of its password, if it has a new one.
    Result<RegisteredDevice> add(const NewDevice& device, const std::optional<PasswordHash>& hash) {
        if (auto valid = check(device); !valid) return std::move(valid).error();
        if (auto free = refuse_revoked(connection_, tenant_, device.id); !free) return std::move(free).error();
        if (auto free = refuse_enrolled(connection_, tenant_, device.id); !free) return std::move(free).error();
        if (auto free = refuse_application_named(connection_, tenant_, device.id); !free) return std::move(free).error();
        const auto known = find_known(connection_, tenant_, device);
        if (!known) return known.error();
        if (!device.password.empty()) return add_with_password(device, *known, hash);
        auto password = device.one_time_password.empty() ? make_one_time_password() : Result(device.one_time_password);
        if (!password) return std::move(password).error();
        const DeviceAttributes& attributes = device.attributes ? *device.attributes : known->attributes;
        if (auto stored = store(device.id, *password, attributes); !stored) return std::move(stored).error();
        const bool is_same = known->has_same_password && known->attributes == attributes;
        return RegisteredDevice{{device.id, std::move(*password), expires_}, change_of(*known, is_same)};
    }

private:
    static DeviceChange change_of(const Known& known, bool is_same) {
        if (!known.is_there) return DeviceChange::created;
        return is_same ? DeviceChange::unchanged : DeviceChange::updated;
    }

    Result<RegisteredDevice> add_with_password(const NewDevice& device, const Known& known, const std::optional<PasswordHash>& hash) {
        if (auto allowed = require_device_passwords(connection_, tenant_); !allowed) return std::move(allowed).error();
        const DeviceAttributes& attributes = device.attributes ? *device.attributes : known.attributes;
        if (auto stored = store_device(device.id, attributes); !stored) return std::move(stored).error();
        // What the device was to enroll with ends here: it has been given something else.
        Statement one_time(connection_, "DELETE FROM one_time_passwords WHERE tenant = ? AND device = ?");
        if (auto ended = one_time.bind(tenant_).bind(device.id).run(); !ended) return std::move(ended).error();
        if (hash) {
            if (auto stored = store_device_password(connection_, tenant_, device.id, *hash); !stored) return std::move(stored).error();
        } else if (!directory_.remembers_password(tenant_, device.id, device.password)) {
            return Error{Code::conflict, "another password was given to the device " + device.id + " meanwhile", "try again"};
        }
        return RegisteredDevice{{device.id, {}, {}}, change_of(known, !hash && known.attributes == attributes)};
    }

    Result<void> store_device(std::string_view id, const DeviceAttributes& attributes) {
        Statement device(connection_,
                         "INSERT INTO devices(tenant, id, registered_at, attributes) VALUES(?, ?, ?, ?) "
                         "ON CONFLICT DO UPDATE SET attributes = excluded.attributes");
        return device.bind(tenant_).bind(id).bind(now_).bind(to_text(attributes)).run();
    }

    Result<void> store(std::string_view id, std::string_view password, const DeviceAttributes& attributes) {
        if (auto stored = store_device(id, attributes); !stored) return stored;
        // An older password of the device ends here, its count of wrong attempts with it.
        Statement one_time(connection_, "INSERT OR REPLACE INTO one_time_passwords(tenant, device, sha256, expires_at) VALUES(?, ?, ?, ?)");
        return one_time.bind(tenant_).bind(id).bind_blob(hash_one_time_password(password)).bind(to_seconds(expires_)).run();
    }

    Connection& connection_;
    std::string_view tenant_;
    std::int64_t now_;
    base::WallTime expires_;
    const RegistryDirectory& directory_;
};

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
    auto registered = register_devices(tenant, {{std::string(device_id)}});
    if (!registered) return std::move(registered).error();
    auto& only = registered->front();
    if (!only) return std::move(only).error();
    return std::move(only->registration);
}

Result<std::vector<Result<RegisteredDevice>>> Registry::register_devices(std::string_view tenant, const std::vector<NewDevice>& devices) {
    using All = std::vector<Result<RegisteredDevice>>;
    const auto now = to_seconds(state_->clock.wall_now());
    const auto hashes = hash_new_passwords(*state_->directory, tenant, devices, state_->password_cost);
    if (!hashes) return hashes.error();
    return state_->database.with([&](Connection& connection) -> Result<All> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        Registering registering(connection, tenant, now, *state_->directory);
        All all;
        all.reserve(devices.size());
        for (std::size_t i = 0; i < devices.size(); ++i) {
            all.push_back(registering.add(devices[i], hashes->at(i)));
            if (!all.back() && !is_of_one(all.back().error())) return all.back().error();
        }
        if (auto done = transaction->commit(); !done) return std::move(done).error();
        for (std::size_t i = 0; i < devices.size(); ++i) {
            if (!all[i]) continue;
            state_->directory->put_device(tenant, devices[i].id);
            if (!hashes->at(i)) continue;
            auto credential = state_->directory->credential(*hashes->at(i));
            credential->remember(devices[i].password);
            state_->directory->put_password(tenant, tenancy::Role::device, devices[i].id, std::move(credential));
        }
        return all;
    });
}

Result<std::vector<KnownDevice>> Registry::list_devices(std::string_view tenant, std::string_view after, std::int64_t limit) const {
    return state_->database.with([&](Connection& connection) -> Result<std::vector<KnownDevice>> {
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        Statement statement(connection, (device_sql + std::string("WHERE devices.tenant = ? AND id > ? ORDER BY id LIMIT ?")).c_str());
        statement.bind(tenant).bind(after).bind(limit);
        std::vector<KnownDevice> devices;
        auto row = statement.next();
        for (; row && *row; row = statement.next()) devices.push_back(read_device(std::string(tenant), statement));
        if (!row) return std::move(row).error();
        return devices;
    });
}

Result<KnownDevice> Registry::find_device(std::string_view tenant, std::string_view device_id) const {
    return state_->database.with([&](Connection& connection) -> Result<KnownDevice> {
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        Statement statement(connection, (device_sql + std::string("WHERE devices.tenant = ? AND id = ?")).c_str());
        auto found = statement.bind(tenant).bind(device_id).next();
        if (!found) return std::move(found).error();
        if (!*found) return Error{Code::not_found, "the tenant " + std::string(tenant) + " has no such device"};
        return read_device(std::string(tenant), statement);
    });
}

}  // namespace muster::testbroker::registry

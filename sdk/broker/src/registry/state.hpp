// SPDX-License-Identifier: Apache-2.0
// What the parts of the registry share: the lock on the directory, the one connection, the clock.
#pragma once

#include "base/clock.hpp"
#include "base/file_lock.hpp"
#include "base/guarded.hpp"
#include "registry/registry.hpp"
#include "registry/schema.hpp"

#include <chrono>
#include <cstdint>

namespace muster::testbroker::registry {

struct Registry::State {
    State(base::FileLock state_dir, Connection connection, const base::Clock& system_clock, std::unique_ptr<RegistryDirectory> known,
          unsigned cost)
        : lock(std::move(state_dir)),
          directory(std::move(known)),
          database(std::move(connection)),
          clock(system_clock),
          password_cost(cost) {}
    base::FileLock lock;  // Released last.
    const std::unique_ptr<RegistryDirectory> directory;
    base::Guarded<Connection> database;
    const base::Clock& clock;
    const unsigned password_cost;
};

inline std::int64_t to_seconds(base::WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

inline base::WallTime from_seconds(std::int64_t seconds) {
    return base::WallTime(std::chrono::seconds(seconds));
}

/// Fills the directory with what is stored.
Result<void> load_directory(Connection& connection, RegistryDirectory& directory);

/// What is set of a tenant that exists.
Result<TenantLimits> read_limits(Connection& connection, std::string_view tenant);

/// Binds and reads the five columns of a hashed password, in their order from `first` on.
void bind_password(Statement& statement, const PasswordHash& password);
PasswordHash read_password(const Statement& row, int first);

/// Code::conflict if the tenant has one of that name: a name is a device's or an application's.
Result<void> refuse_device_named(Connection& connection, std::string_view tenant, std::string_view name);
Result<void> refuse_application_named(Connection& connection, std::string_view tenant, std::string_view name);

/// Code::not_found, naming the tenant.
Result<void> require_tenant(Connection& connection, std::string_view name);

}  // namespace muster::testbroker::registry

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
#include <optional>

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

/// So many wrong one-time passwords block it.
constexpr std::int64_t max_failed_attempts = 10;

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
Result<void> store_device_password(Connection& connection, std::string_view tenant, std::string_view device_id,
                                   const PasswordHash& password);
/// Code::denied if the tenant's devices need certificates.
Result<void> require_device_passwords(Connection& connection, std::string_view tenant);
/// In order, the hashes of those passwords that the devices do not have already; some 50 ms each.
Result<std::vector<std::optional<PasswordHash>>> hash_new_passwords(const RegistryDirectory& directory, std::string_view tenant,
                                                                    const std::vector<NewDevice>& devices, unsigned cost);

/// From how it is stored.
[[nodiscard]] Approval approval_of(std::string_view state);

/// Code::conflict if the tenant has one of that name: a name is a device's or an application's.
Result<void> refuse_device_named(Connection& connection, std::string_view tenant, std::string_view name);
Result<void> refuse_application_named(Connection& connection, std::string_view tenant, std::string_view name);

/// Whether it concerns one device of several, and not the registry as a whole.
[[nodiscard]] inline bool is_of_one(const Error& error) {
    return error.code() == Code::invalid_argument || error.code() == Code::conflict || error.code() == Code::not_found;
}

/// Code::not_found, naming the tenant.
Result<void> require_tenant(Connection& connection, std::string_view name);

}  // namespace muster::testbroker::registry

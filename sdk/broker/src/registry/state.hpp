// SPDX-License-Identifier: Apache-2.0
// What the parts of the registry share: the lock on the directory, the one connection, the clock.
#pragma once

#include "base/clock.hpp"
#include "base/file_lock.hpp"
#include "base/guarded.hpp"
#include "registry/registry.hpp"
#include "registry/sqlite.hpp"

#include <chrono>
#include <cstdint>

namespace muster::testbroker::registry {

struct Registry::State {
    State(base::FileLock directory, Connection connection, const base::Clock& system_clock)
        : lock(std::move(directory)), database(std::move(connection)), clock(system_clock) {}
    base::FileLock lock;  // Released last.
    base::Guarded<Connection> database;
    const base::Clock& clock;
};

inline std::int64_t to_seconds(base::WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

inline base::WallTime from_seconds(std::int64_t seconds) {
    return base::WallTime(std::chrono::seconds(seconds));
}

/// Code::not_found, naming the tenant.
Result<void> require_tenant(Connection& connection, std::string_view name);

}  // namespace muster::testbroker::registry

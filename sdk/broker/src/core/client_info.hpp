// SPDX-License-Identifier: Apache-2.0
// What an administrator may know of a client and its session.
#pragma once

#include "base/clock.hpp"
#include "core/output.hpp"
#include "tenancy/admission.hpp"
#include "wire/types.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace muster::testbroker::core {

/// A session, with its connection if there is one.
struct ClientInfo {
    std::string tenant;
    std::string client_id;
    tenancy::Role role = tenancy::Role::device;
    std::optional<ConnectionId> connection;
    std::optional<base::WallTime> since;  ///< Of the connection.
    wire::Version version = wire::Version::v5;
    std::chrono::seconds keep_alive{0};
    std::size_t subscriptions = 0;
    std::size_t queued = 0;     ///< Messages that wait.
    std::size_t in_flight = 0;  ///< Sent, not yet acknowledged to the end.
    std::string peer;           ///< Address and port; the network fills it in.
};

/// A tenant's clients, counted.
struct TenantFigures {
    std::string tenant;
    std::size_t devices_connected = 0;
    std::size_t applications_connected = 0;
    std::size_t sessions = 0;
    std::size_t queued = 0;
    std::size_t in_flight = 0;
    std::size_t retained = 0;
};

}  // namespace muster::testbroker::core

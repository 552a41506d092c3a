// SPDX-License-Identifier: Apache-2.0
// What the broker offers, and how much of it.
#pragma once

#include "core/memory_account.hpp"
#include "tenancy/tenant_limits.hpp"

#include <muster/testbroker/features.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace muster::testbroker::core {

/// How much is kept for one client.
struct SessionLimits {
    std::size_t max_queued = 10'000;
    std::size_t max_bytes = 32U << 20U;  ///< Of what waits and is in flight.
    std::size_t max_in_flight = 1'024;   ///< Also if the client would take more; at most InFlight::max_size.
};

struct Limits {
    std::uint32_t max_packet_size = 256U << 10U;
    std::uint16_t receive_maximum = 1'024;
    std::uint16_t topic_alias_maximum = 32;  ///< Each way.
    SessionLimits session;
    Features features;
    std::chrono::milliseconds connect_deadline{5'000};
    /// Limits per tenant; borrowed, may be none.
    const tenancy::TenantLimitsSource* tenants = nullptr;
    /// Of the whole broker; borrowed, may be none.
    MemoryCeiling* memory = nullptr;
    /// Instead of whatever a client asks for. A 3.1.1 client cannot be told and keeps its own.
    std::optional<std::uint16_t> server_keep_alive;
    /// Instead of what a client asks for if that is longer, or none at all.
    std::optional<std::uint16_t> max_keep_alive;
    /// In seconds. 0xFFFFFFFF: sessions without an end are allowed.
    std::uint32_t max_session_expiry = 0xFFFF'FFFFU;
};

}  // namespace muster::testbroker::core

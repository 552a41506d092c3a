// SPDX-License-Identifier: Apache-2.0
// The names of a tenant's limits, in the registry and in the admin API.
#pragma once

#include <muster/testbroker/broker.hpp>

#include <array>
#include <cstdint>
#include <optional>

namespace muster::testbroker::registry {

struct LimitName {
    const char* name;
    std::optional<std::uint64_t> TenantLimits::*member;
};

constexpr std::array limit_names{LimitName{"connections", &TenantLimits::connections},
                                 LimitName{"messages_per_second", &TenantLimits::messages_per_second},
                                 LimitName{"bytes_per_second", &TenantLimits::bytes_per_second},
                                 LimitName{"queued_messages", &TenantLimits::queued_messages},
                                 LimitName{"queued_bytes", &TenantLimits::queued_bytes},
                                 LimitName{"packet_size", &TenantLimits::packet_size},
                                 LimitName{"inflight", &TenantLimits::inflight},
                                 LimitName{"retained_messages", &TenantLimits::retained_messages}};

}  // namespace muster::testbroker::registry

// SPDX-License-Identifier: Apache-2.0
// How much a tenant and each of its clients may use.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace muster::testbroker::tenancy {

/// 0: no limit beyond the broker's own.
struct TenantLimits {
    // All clients of the tenant together.
    std::uint32_t connections = 0;
    std::uint32_t connects_per_second = 0;
    std::uint32_t messages_per_second = 0;  ///< Published.
    std::uint32_t bytes_per_second = 0;     ///< Published: topics and payloads.
    std::uint32_t retained_messages = 0;
    // Each client.
    std::uint32_t client_messages_per_second = 0;  ///< As above.
    std::uint32_t client_bytes_per_second = 0;
    std::uint32_t queued_messages = 0;  ///< Waiting for it.
    std::uint32_t queued_bytes = 0;     ///< Waiting for it or in flight to it.
    std::uint32_t packet_size = 0;
    std::uint16_t inflight = 0;  ///< Unacknowledged, each way.
};

/// The lower of what the broker takes and a tenant's limit.
template <class T, class Limit>
T lower(T own, Limit limit) {
    return limit == 0 ? own : std::min(own, static_cast<T>(limit));
}

/// Threads: those of all cores; a call may take as long as a database look-up.
class TenantLimitsSource {
public:
    virtual ~TenantLimitsSource() = default;
    [[nodiscard]] virtual TenantLimits limits_of(std::string_view tenant) const = 0;
};

}  // namespace muster::testbroker::tenancy

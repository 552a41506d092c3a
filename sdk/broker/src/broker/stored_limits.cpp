// SPDX-License-Identifier: Apache-2.0
// The limits that the registry keeps for tenants, as the core asks for them.
#include "broker/stored_limits.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace muster::testbroker {
namespace {

// The registry keeps none above 2^32 - 1; what the field cannot hold is no limit below it.
template <class T>
void set(T& limit, const std::optional<std::uint64_t>& given) {
    if (given) limit = static_cast<T>(std::min<std::uint64_t>(*given, std::numeric_limits<T>::max()));
}

}  // namespace

tenancy::TenantLimits StoredLimits::limits_of(std::string_view tenant) const {
    tenancy::TenantLimits limits;
    const auto found = directory_.tenant_named(tenant);
    if (!found) return limits;
    const TenantLimits& stored = found->limits;
    set(limits.connections, stored.connections);
    set(limits.client_messages_per_second, stored.messages_per_second);
    set(limits.client_bytes_per_second, stored.bytes_per_second);
    set(limits.queued_messages, stored.queued_messages);
    set(limits.queued_bytes, stored.queued_bytes);
    set(limits.packet_size, stored.packet_size);
    set(limits.inflight, stored.inflight);
    set(limits.retained_messages, stored.retained_messages);
    return limits;
}

}  // namespace muster::testbroker

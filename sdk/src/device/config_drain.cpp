// SPDX-License-Identifier: Apache-2.0
// How fast a backlog is sent: the group `drain` of a configuration.
#include "device/config_groups.hpp"

#include <algorithm>

namespace muster::device {

FieldReader drain_reader(std::optional<DrainConfig>& target) {
    return [&target](const std::string& path, const Json& value) {
        auto& drain = target ? *target : target.emplace();
        return read_object(path, value,
                           {{"messages_per_second", number(drain.messages_per_second)},
                            {"bytes_per_second", number(drain.bytes_per_second)},
                            {"start_spread_ms", duration(drain.start_spread)}});
    };
}

Result<void> check_drain(const std::optional<DrainConfig>& drain) {
    if (!drain) return {};
    constexpr std::int64_t hour_ms = 3'600'000;
    constexpr std::int64_t most_bytes = std::int64_t{1} << 40;
    const auto bytes = static_cast<std::int64_t>(std::min<std::uint64_t>(drain->bytes_per_second, INT64_MAX));
    for (const auto& checked : {in_range("drain.messages_per_second", drain->messages_per_second, 0, 1'000'000),
                                bytes == 0 ? Result<void>() : in_range("drain.bytes_per_second", bytes, 1'024, most_bytes),
                                in_range("drain.start_spread_ms", drain->start_spread.count(), 0, hour_ms)}) {
        if (!checked) return checked;
    }
    return {};
}

std::optional<DrainConfig> pace_towards(const std::vector<base::Endpoint>& endpoints, const std::optional<DrainConfig>& drain) {
    const auto is_loopback = [](const base::Endpoint& endpoint) { return endpoint.is_loopback(); };
    if (drain || std::all_of(endpoints.begin(), endpoints.end(), is_loopback)) return drain;
    return DrainConfig{};
}

}  // namespace muster::device

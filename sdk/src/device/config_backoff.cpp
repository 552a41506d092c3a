// SPDX-License-Identifier: Apache-2.0
// When to try again: the group `backoff` of a configuration.
#include "device/config_groups.hpp"

#include <algorithm>

namespace muster::device {

FieldReader backoff_reader(BackoffConfig& target) {
    return [&target](const std::string& path, const Json& value) {
        return read_object(path, value,
                           {{"first_attempt_ms", duration(target.first_attempt)},
                            {"base_ms", duration(target.base)},
                            {"cap_ms", duration(target.cap)},
                            {"timeout_cap_ms", duration(target.timeout_cap)},
                            {"refused_floor_ms", duration(target.refused_floor)},
                            {"refused_cap_ms", duration(target.refused_cap)},
                            {"min_stable_ms", duration(target.min_stable)}});
    };
}

Result<void> check_backoff(const BackoffConfig& backoff) {
    constexpr std::int64_t hour_ms = 3'600'000;
    constexpr std::int64_t day_ms = 24 * hour_ms;
    for (const auto& checked : {in_range("backoff.first_attempt_ms", backoff.first_attempt.count(), 0, hour_ms),
                                in_range("backoff.base_ms", backoff.base.count(), 10, hour_ms),
                                in_range("backoff.cap_ms", backoff.cap.count(), backoff.base.count(), day_ms),
                                in_range("backoff.timeout_cap_ms", backoff.timeout_cap.count(), 0, day_ms),
                                in_range("backoff.refused_floor_ms", backoff.refused_floor.count(), 0, day_ms),
                                in_range("backoff.refused_cap_ms", backoff.refused_cap.count(), 0, day_ms),
                                in_range("backoff.min_stable_ms", backoff.min_stable.count(), 0, day_ms)}) {
        if (!checked) return checked;
    }
    return {};
}

BackoffConfig backoff_towards(const std::vector<base::Endpoint>& endpoints, BackoffConfig backoff) {
    constexpr std::chrono::milliseconds local_base{1'000};
    const auto is_loopback = [](const base::Endpoint& endpoint) { return endpoint.is_loopback(); };
    if (!std::all_of(endpoints.begin(), endpoints.end(), is_loopback)) return backoff;
    backoff.first_attempt = std::chrono::milliseconds(0);
    backoff.base = std::min(backoff.base, local_base);
    return backoff;
}

}  // namespace muster::device

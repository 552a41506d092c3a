// SPDX-License-Identifier: Apache-2.0
// When to try again: the group `backoff` of a configuration.
#include "device/config_groups.hpp"

namespace muster::device {

FieldReader backoff_reader(BackoffConfig& target) {
    return [&target](const std::string& path, const Json& value) {
        return read_object(path, value,
                           {{"base_ms", duration(target.base)},
                            {"cap_ms", duration(target.cap)},
                            {"first_attempt_ms", duration(target.first_attempt)},
                            {"refused_floor_ms", duration(target.refused_floor)},
                            {"min_stable_ms", duration(target.min_stable)}});
    };
}

Result<void> check_backoff(const BackoffConfig& backoff) {
    constexpr std::int64_t hour_ms = 3'600'000;
    constexpr std::int64_t day_ms = 24 * hour_ms;
    for (const auto& checked : {in_range("backoff.base_ms", backoff.base.count(), 10, hour_ms),
                                in_range("backoff.cap_ms", backoff.cap.count(), backoff.base.count(), day_ms),
                                in_range("backoff.first_attempt_ms", backoff.first_attempt.count(), 0, hour_ms),
                                in_range("backoff.refused_floor_ms", backoff.refused_floor.count(), 0, day_ms),
                                in_range("backoff.min_stable_ms", backoff.min_stable.count(), 0, day_ms)}) {
        if (!checked) return checked;
    }
    return {};
}

}  // namespace muster::device

// SPDX-License-Identifier: Apache-2.0
// The outbox's own time.
#include "outbox/outbox_time.hpp"

#include <algorithm>

namespace muster::outbox {

OutboxTime::OutboxTime(const store::TimeMark& last, const base::ClockReading& now) : mark_(last), before_(last), opened_(now) {
    const bool is_new = last.boot == 0 && last.wall == 0;
    const bool is_same_boot = now.boot != 0 && last.boot == now.boot;
    if (is_same_boot) {
        counted_ = std::max<store::Age>(0, now.since_boot - last.since_boot);
    } else if (!is_new && now.boot != 0) {
        counted_ = std::max<store::Age>(0, now.since_boot);
    }
    is_gap_open_ = !is_new && !is_same_boot && last.is_wall_synchronised;
    mark_ = {last.age + counted_, now.boot, now.since_boot, now.wall, now.is_wall_synchronised};
    at(now);
}

store::Age OutboxTime::at(const base::ClockReading& now) {
    store::Age age = mark_.age + std::max<std::int64_t>(0, now.since_boot - mark_.since_boot);
    if (is_gap_open_ && now.is_wall_synchronised) {
        is_gap_open_ = false;
        const std::int64_t wall_at_open = now.wall - (now.since_boot - opened_.since_boot);
        age += std::max<std::int64_t>(0, wall_at_open - before_.wall - counted_);
    }
    mark_ = {age, now.boot, std::max(now.since_boot, mark_.since_boot), now.wall, now.is_wall_synchronised};
    return age;
}

}  // namespace muster::outbox

// SPDX-License-Identifier: Apache-2.0
// Whose turn it is.
#include "outbox/drain_schedule.hpp"

#include <algorithm>
#include <numeric>

namespace muster::outbox {

PerClass DrainSchedule::next(std::uint64_t count, PerClass waiting) {
    PerClass turns{};
    count = std::min(count, std::accumulate(waiting.begin(), waiting.end(), std::uint64_t{0}));
    while (count > 0) {
        const std::uint64_t before = count;
        for (std::size_t i = priority_count; i-- > 0;) {
            const std::uint64_t taken = std::min({count, waiting[i], left_[i]});
            turns[i] += taken;
            waiting[i] -= taken;
            left_[i] -= taken;
            count -= taken;
        }
        if (count == before) left_ = round;
    }
    return turns;
}

}  // namespace muster::outbox

// SPDX-License-Identifier: Apache-2.0
// Full jitter under a doubling ceiling.
#include "base/backoff.hpp"

#include <algorithm>

namespace muster::base {

std::chrono::milliseconds backoff_delay(std::uint32_t attempt, const BackoffLimits& limits, Random& random) {
    auto ceiling = limits.base.count();
    const auto cap = limits.cap.count();
    for (std::uint32_t i = 0; i < attempt && ceiling < cap; ++i) ceiling = ceiling > cap / 2 ? cap : ceiling * 2;
    ceiling = std::min(ceiling, cap);
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(draw_up_to(random, static_cast<std::uint64_t>(std::max<std::int64_t>(ceiling, 0)))));
}

}  // namespace muster::base

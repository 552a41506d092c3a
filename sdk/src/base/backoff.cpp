// SPDX-License-Identifier: Apache-2.0
// Growing ceilings and draws below them.
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

std::chrono::milliseconds grown(std::uint32_t attempt, const Growth& growth) {
    const auto cap = growth.cap.count();
    auto ceiling = std::min(growth.base.count(), cap);
    // The last factor ends at the cap: it is not multiplied beyond it.
    const auto most = cap / growth.numerator * growth.denominator;
    for (std::uint32_t i = 0; i < attempt && ceiling < cap; ++i) {
        const auto next = ceiling >= most ? cap : ceiling * growth.numerator / growth.denominator;
        if (next == ceiling) break;
        ceiling = next;
    }
    return std::chrono::milliseconds(std::max<std::int64_t>(ceiling, 0));
}

std::chrono::milliseconds equal_jitter(std::chrono::milliseconds ceiling, Random& random) {
    const auto half = std::max<std::int64_t>(ceiling.count(), 0) / 2;
    return ceiling - std::chrono::milliseconds(static_cast<std::int64_t>(draw_up_to(random, static_cast<std::uint64_t>(half))));
}

}  // namespace muster::base

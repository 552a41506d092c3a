// SPDX-License-Identifier: Apache-2.0
// When those who are turned away should come back, so that they do not all come at once.
#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace muster::testbroker::core {

/// Gives each client that is turned away the next turn that nobody has. A client draws evenly from a fifth of what it is told to the whole,
/// so it is told more than its turn is away. Threads: one.
class Turns {
public:
    [[nodiscard]] std::chrono::seconds next(double per_second, base::SteadyTime now) {
        constexpr double mean_of_a_draw = 0.6;
        constexpr double longest = 86'400;
        const auto turn = std::chrono::duration_cast<base::SteadyTime::duration>(std::chrono::duration<double>(1 / per_second));
        last_ = std::max(last_, now) + turn;
        const double told = std::chrono::duration<double>(last_ - now).count() / mean_of_a_draw;
        return std::chrono::seconds(static_cast<std::int64_t>(std::clamp(std::ceil(told), 1.0, longest)));
    }

private:
    base::SteadyTime last_;
};

}  // namespace muster::testbroker::core

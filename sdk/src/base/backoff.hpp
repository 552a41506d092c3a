// SPDX-License-Identifier: Apache-2.0
// How long to wait before trying again: a pure function of the attempt, the limits and a draw.
#pragma once

#include "base/random.hpp"

#include <chrono>
#include <cstdint>

namespace muster::base {

struct BackoffLimits {
    std::chrono::milliseconds base;
    std::chrono::milliseconds cap;
};

/// Full jitter: an even draw from [0, min(cap, base * 2^attempt)], attempt counted from 0. Never overflows.
[[nodiscard]] std::chrono::milliseconds backoff_delay(std::uint32_t attempt, const BackoffLimits& limits, Random& random);

}  // namespace muster::base

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

/// How a ceiling grows: by `numerator` / `denominator` with every attempt, up to the cap.
struct Growth {
    std::chrono::milliseconds base;
    std::chrono::milliseconds cap;
    std::uint32_t numerator;
    std::uint32_t denominator;
};

/// min(cap, base * growth^attempt), attempt counted from 0. Never overflows.
[[nodiscard]] std::chrono::milliseconds grown(std::uint32_t attempt, const Growth& growth);

/// Equal jitter: an even draw from [ceiling / 2, ceiling].
[[nodiscard]] std::chrono::milliseconds equal_jitter(std::chrono::milliseconds ceiling, Random& random);

}  // namespace muster::base

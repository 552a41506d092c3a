// SPDX-License-Identifier: Apache-2.0
// Randomness that a seed and the place of a draw decide, so that a run can be repeated whatever its threads do.
#pragma once

#include "base/random.hpp"

#include <cstdint>
#include <initializer_list>

namespace muster::fleet {

/// What is drawn for; its draws are independent of another's.
enum class DrawFor : std::uint64_t { start = 1, phase, jitter, value, place, choice, rival, clock, group };

/// SplitMix64. Threads: one.
class Draws final : public base::Random {
public:
    Draws(std::uint64_t seed, DrawFor purpose, std::initializer_list<std::uint64_t> place);

    std::uint64_t next() override;
    /// From 0 to below 1.
    double fraction();
    /// From -1 to below 1.
    double sway() { return 2 * fraction() - 1; }

private:
    std::uint64_t state_;
};

}  // namespace muster::fleet

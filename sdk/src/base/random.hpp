// SPDX-License-Identifier: Apache-2.0
// Randomness as something that is handed in: from the operating system in the field, from a seed in tests.
#pragma once

#include <muster/sources.hpp>

#include <cstdint>

namespace muster::base {

using Random = muster::Random;

/// The operating system's generator (getrandom). A fleet that powers up in the same second draws different numbers.
/// Threads: any.
class SystemRandom final : public Random {
public:
    std::uint64_t next() override;
};

/// An even draw from [0, bound]; one draw of `random`.
[[nodiscard]] std::uint64_t draw_up_to(Random& random, std::uint64_t bound);

}  // namespace muster::base

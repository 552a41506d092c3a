// SPDX-License-Identifier: Apache-2.0
// Randomness that a test can repeat.
#pragma once

#include "base/random.hpp"

#include <cstdint>

namespace muster::test {

/// splitmix64: every seed, also 0 and neighbouring ones, gives an independent, evenly distributed sequence.
/// Threads: one.
class SeededRandom final : public base::Random {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() override {
        state_ += 0x9E37'79B9'7F4A'7C15ULL;
        std::uint64_t value = state_;
        value = (value ^ (value >> 30U)) * 0xBF58'476D'1CE4'E5B9ULL;
        value = (value ^ (value >> 27U)) * 0x94D0'49BB'1331'11EBULL;
        return value ^ (value >> 31U);
    }

private:
    std::uint64_t state_;
};

}  // namespace muster::test

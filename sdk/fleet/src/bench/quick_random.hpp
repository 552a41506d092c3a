// SPDX-License-Identifier: Apache-2.0
// Numbers that cost nothing, for a load's WebSocket masks.
#pragma once

#include "base/random.hpp"

#include <cstdint>

namespace muster::fleet {

/// Marsaglia's xorshift: masks keep proxies from taking payloads for HTTP, and a load has no foreign payloads.
/// Threads: one.
class QuickRandom final : public base::Random {
public:
    explicit QuickRandom(std::uint64_t seed) : state_(seed | 1U) {}

    std::uint64_t next() override {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        return state_;
    }

private:
    std::uint64_t state_;
};

}  // namespace muster::fleet

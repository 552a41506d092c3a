// SPDX-License-Identifier: Apache-2.0
// When a client that was cut off tries again: the SDK's rule, with or without its draws.
#pragma once

#include "base/random.hpp"

#include <muster/fleet/bench.hpp>

#include <chrono>
#include <cstdint>

namespace muster::fleet {

/// One client's; the same schedule as the SDK's session has (docs/backoff.md), without hints and other endpoints.
class Comeback {
public:
    /// After a connection that stood was lost.
    std::chrono::milliseconds first_delay(const BenchReturn& rule, base::Random& random);
    /// After an attempt that came to nothing. Who was not answered in time keeps away longer than who was turned away.
    std::chrono::milliseconds delay_after(Code why, const BenchReturn& rule, base::Random& random);

private:
    std::uint16_t turned_away_ = 0;
    std::uint16_t unanswered_ = 0;
};

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// The machine's clocks.
#include "base/clock.hpp"

namespace muster::base {

SteadyTime SystemClock::now() const {
    return std::chrono::steady_clock::now();
}
WallTime SystemClock::wall_now() const {
    return std::chrono::system_clock::now();
}

}  // namespace muster::base

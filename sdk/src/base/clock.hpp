// SPDX-License-Identifier: Apache-2.0
// Time as something that is handed in, so that a test can run a year in a second.
#pragma once

#include <muster/sources.hpp>

#include <chrono>

namespace muster::base {

/// Intervals are measured on the steady clock: the wall clock jumps on devices.
using SteadyTime = std::chrono::steady_clock::time_point;
/// For certificates and for what people read, only.
using WallTime = std::chrono::system_clock::time_point;

using Clock = muster::Clock;

/// The machine's clocks. Threads: any.
class SystemClock final : public Clock {
public:
    [[nodiscard]] SteadyTime now() const override;
    [[nodiscard]] WallTime wall_now() const override;
};

}  // namespace muster::base

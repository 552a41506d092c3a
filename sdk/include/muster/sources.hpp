// SPDX-License-Identifier: Apache-2.0
// Where time and randomness come from: the machine, or somebody who stands in for it.
#pragma once

#include <chrono>
#include <cstdint>

namespace muster {

/// Tells the time. Threads: any, also several at once; no call may block.
class Clock {
public:
    virtual ~Clock() = default;
    /// For everything that is measured: it never goes back, wherever it began.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const = 0;
    /// For certificates, and for what people read; it may jump.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall_now() const = 0;
};

/// Gives numbers that nobody foresees: a fleet that powers up in the same second must draw different ones.
/// Threads: one at a time, not always the same one; no call may block for long.
class Random {
public:
    virtual ~Random() = default;
    /// 64 evenly distributed bits.
    virtual std::uint64_t next() = 0;
};

}  // namespace muster

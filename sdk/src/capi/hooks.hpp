// SPDX-License-Identifier: Apache-2.0
// C's functions for time and randomness, as C++ has them.
#pragma once

#include <muster/muster.h>
#include <muster/sources.hpp>

#include <chrono>

namespace muster::capi {

/// Threads: as the functions.
class ClockFromC final : public Clock {
public:
    ClockFromC(muster_now steady, muster_now wall, void* context) : steady_(steady), wall_(wall), context_(context) {}
    [[nodiscard]] std::chrono::steady_clock::time_point now() const override {
        return std::chrono::steady_clock::time_point(as<std::chrono::steady_clock::duration>(steady_));
    }
    [[nodiscard]] std::chrono::system_clock::time_point wall_now() const override {
        return std::chrono::system_clock::time_point(as<std::chrono::system_clock::duration>(wall_));
    }

private:
    template <class Duration>
    [[nodiscard]] Duration as(muster_now ask) const {
        return std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(ask(context_)));
    }
    const muster_now steady_;
    const muster_now wall_;
    void* const context_;
};

/// Threads: as the function.
class RandomFromC final : public Random {
public:
    RandomFromC(muster_random function, void* context) : next_(function), context_(context) {}
    std::uint64_t next() override { return next_(context_); }

private:
    const muster_random next_;
    void* const context_;
};

}  // namespace muster::capi

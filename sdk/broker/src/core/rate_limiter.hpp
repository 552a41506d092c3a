// SPDX-License-Identifier: Apache-2.0
// How many of something a second, over virtual or real time.
#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace muster::testbroker::core {

/// Holds at most one second's worth, and is full in the beginning. Threads: one.
class TokenBucket {
public:
    /// Whether `amount` may be taken: it is there, or it is more than a second's worth and the bucket is full. No rate: always.
    [[nodiscard]] bool has(std::size_t amount, std::uint32_t per_second, base::SteadyTime now) {
        if (per_second == 0) return true;
        const double full = per_second;
        const double seconds = std::chrono::duration<double>(now - filled_).count();
        level_ = is_started_ ? std::min(full, level_ + seconds * full) : full;
        filled_ = now;
        is_started_ = true;
        constexpr double rounding = 1e-6;  // Ten tenths of a second must make one.
        return level_ + rounding >= std::min(full, static_cast<double>(amount));
    }
    /// What is more than there is, is owed.
    void take(std::size_t amount) { level_ -= static_cast<double>(amount); }

private:
    double level_ = 0;
    base::SteadyTime filled_;
    bool is_started_ = false;
};

/// Messages and their bytes. Threads: one.
class RateLimiter {
public:
    [[nodiscard]] bool has(std::size_t bytes, std::uint32_t messages_per_second, std::uint32_t bytes_per_second, base::SteadyTime now) {
        return messages_.has(1, messages_per_second, now) && bytes_.has(bytes, bytes_per_second, now);
    }
    void take(std::size_t bytes) {
        messages_.take(1);
        bytes_.take(bytes);
    }

private:
    TokenBucket messages_;
    TokenBucket bytes_;
};

}  // namespace muster::testbroker::core

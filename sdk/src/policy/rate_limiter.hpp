// SPDX-License-Identifier: Apache-2.0
// How many of one topic's readings go on: a token bucket with the latest behind it, or a minimum, maximum or mean for each window.
#pragma once

#include "base/clock.hpp"

#include <muster/reading.hpp>
#include <muster/status.hpp>
#include <muster/telemetry_policy.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace muster::policy {

/// Readings in, fewer readings out. Of Keep::latest:
///
///     [quiet] -- a reading without a token --> [holding] -- the next token --> [quiet]
///
/// Of any other: [quiet] -- a reading --> [window open] -- interval over --> [quiet].
/// What does not go on is counted in the ReadingCounts that is handed in: thinned, merged, and held while it may still go on.
/// Threads: one at a time.
class RateLimiter {
public:
    /// `policy` is borrowed for the limiter's life.
    explicit RateLimiter(const RatePolicy& policy) : policy_(&policy) {}

    /// What goes on now that this reading came: itself, the window before it, or nothing.
    std::optional<Reading> add(Reading reading, base::SteadyTime now, ReadingCounts& counts);
    /// What has become due; nothing before the deadline.
    std::optional<Reading> expire(base::SteadyTime now, ReadingCounts& counts);
    /// What is held, due or not.
    std::optional<Reading> flush(base::SteadyTime now, ReadingCounts& counts);
    /// When what is held goes on; none if nothing is.
    [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const;
    /// Of what is held.
    [[nodiscard]] std::size_t bytes() const;

private:
    struct Column {
        std::string name;
        double min;
        double max;
        double mean;
        std::uint64_t count;  // Of finite values; without any the others are NaN.
    };

    std::optional<Reading> add_latest(Reading reading, base::SteadyTime now, ReadingCounts& counts);
    [[nodiscard]] base::SteadyTime next_token() const;
    void take_token(base::SteadyTime now);
    void add_to_window(const Reading& reading);
    [[nodiscard]] Reading window_reading() const;

    const RatePolicy* policy_;
    // When the bucket is full again, the whole of it in one number: every token that is taken puts it off by one interval.
    std::optional<base::SteadyTime> full_at_;
    std::optional<Reading> pending_;  // Keep::latest.
    // Any other: the window, if it has readings.
    std::optional<base::SteadyTime> closes_at_;
    std::uint64_t window_readings_ = 0;
    std::chrono::system_clock::time_point last_time_;
    std::uint64_t last_sequence_ = 0;
    std::vector<Column> columns_;
};

}  // namespace muster::policy

// SPDX-License-Identifier: Apache-2.0
// How many of one topic's readings go on.
#include "policy/rate_limiter.hpp"

#include "payload/values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace muster::policy {

using base::SteadyTime;

std::optional<Reading> RateLimiter::add(Reading reading, SteadyTime now, ReadingCounts& counts) {
    if (policy_->keep == Keep::latest) return add_latest(std::move(reading), now, counts);
    // The window before it may have ended without anybody having asked.
    auto closed = expire(now, counts);
    if (!closes_at_) closes_at_ = now + policy_->interval;
    add_to_window(reading);
    ++counts.held;
    return closed;
}

std::optional<Reading> RateLimiter::add_latest(Reading reading, SteadyTime now, ReadingCounts& counts) {
    if (pending_) {
        ++counts.thinned;
        --counts.held;
        pending_.reset();
    }
    if (now >= next_token()) {
        take_token(now);
        return reading;
    }
    ++counts.held;
    pending_ = std::move(reading);
    return {};
}

std::optional<Reading> RateLimiter::expire(SteadyTime now, ReadingCounts& counts) {
    const auto deadline = next_deadline();
    if (!deadline || now < *deadline) return {};
    return flush(now, counts);
}

std::optional<Reading> RateLimiter::flush(SteadyTime now, ReadingCounts& counts) {
    if (pending_) {
        take_token(now);
        --counts.held;
        return std::exchange(pending_, std::nullopt);
    }
    if (!closes_at_) return {};
    Reading summary = window_reading();
    counts.held -= window_readings_;
    counts.merged += window_readings_ - 1;
    closes_at_.reset();
    window_readings_ = 0;
    columns_.clear();
    return summary;
}

std::optional<SteadyTime> RateLimiter::next_deadline() const {
    return pending_ ? next_token() : closes_at_;
}

std::size_t RateLimiter::bytes() const {
    std::size_t bytes = 0;
    if (pending_) {
        for (const auto& value : pending_->values) bytes += sizeof value + value.first.size();
    }
    for (const auto& column : columns_) bytes += sizeof column + column.name.size();
    return bytes;
}

SteadyTime RateLimiter::next_token() const {
    return full_at_ ? *full_at_ - policy_->interval * (policy_->burst - 1) : SteadyTime::min();
}

void RateLimiter::take_token(SteadyTime now) {
    full_at_ = std::max(full_at_.value_or(now), now) + policy_->interval;
}

void RateLimiter::add_to_window(const Reading& reading) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t i = 0; i < reading.values.size(); ++i) {
        if (!payload::is_encoded(reading, i)) continue;
        const auto& [name, value] = reading.values[i];
        auto column = std::find_if(columns_.begin(), columns_.end(), [&wanted = name](const Column& one) { return one.name == wanted; });
        if (column == columns_.end()) column = columns_.insert(columns_.end(), {name, none, none, none, 0});
        if (!std::isfinite(value)) continue;
        const auto before = static_cast<double>(column->count++);
        column->min = before == 0 ? value : std::min(column->min, value);
        column->max = before == 0 ? value : std::max(column->max, value);
        // Exact for values that stay the same; divided before the difference, so that the largest doubles do not overflow.
        column->mean = before == 0 ? value : column->mean + (value / (before + 1) - column->mean / (before + 1));
    }
    ++window_readings_;
    last_time_ = reading.time;
    last_sequence_ = reading.sequence;
}

Reading RateLimiter::window_reading() const {
    Reading reading;
    reading.time = last_time_;
    reading.sequence = last_sequence_;
    for (const auto& column : columns_) {
        switch (policy_->keep) {
            case Keep::min:
                reading.values.emplace_back(column.name, column.min);
                break;
            case Keep::max:
                reading.values.emplace_back(column.name, column.max);
                break;
            case Keep::summary:
                reading.values.emplace_back(column.name + ".min", column.min);
                reading.values.emplace_back(column.name + ".max", column.max);
                reading.values.emplace_back(column.name + ".mean", column.mean);
                break;
            case Keep::mean:
            case Keep::latest:
                reading.values.emplace_back(column.name, column.mean);
                break;
        }
    }
    return reading;
}

}  // namespace muster::policy

// SPDX-License-Identifier: Apache-2.0
// Pacing of an open loop.
#include "bench/send_schedule.hpp"

#include <muster/result.hpp>

#include <algorithm>
#include <cmath>

namespace muster::fleet {
namespace {

constexpr double second_ns = 1e9;

}  // namespace

SendSchedule::SendSchedule(const Shape& shape)
    : shape_(shape),
      period_ns_(second_ns / shape.rate),
      slots_(shape.publishers / shape.workers + (shape.worker < shape.publishers % shape.workers ? 1 : 0)) {
    MUSTER_REQUIRE(shape.rate > 0 && shape.publishers > 0 && shape.worker < shape.workers);
}

std::uint64_t SendSchedule::number_of(const Message& message) const {
    return message.sequence * shape_.publishers + std::uint64_t{message.slot} * shape_.workers + shape_.worker;
}

// A double counts nanoseconds exactly for a hundred days.
base::SteadyTime SendSchedule::intended(std::uint32_t slot, std::uint64_t sequence) const {
    const auto number = static_cast<double>(number_of({slot, sequence}));
    return shape_.start + std::chrono::nanoseconds(static_cast<std::int64_t>(number * period_ns_));
}

std::optional<base::SteadyTime> SendSchedule::next_time() const {
    if (slots_ == 0 || number_of(next_) >= shape_.total) return std::nullopt;
    return intended(next_.slot, next_.sequence);
}

std::optional<SendSchedule::Message> SendSchedule::next_due(base::SteadyTime now) {
    const auto time = next_time();
    if (!time || *time > now) return std::nullopt;
    const Message due = next_;
    if (++next_.slot == slots_) next_ = {0, next_.sequence + 1};
    return due;
}

std::chrono::nanoseconds turn_of(double rate, std::uint32_t publishers, std::uint32_t workers) {
    constexpr double busy_rate = 4'000;
    constexpr std::chrono::nanoseconds busy_turn = std::chrono::microseconds(500);
    constexpr double longest_ns = 1e6;
    constexpr double messages_per_write = 4;
    if (rate / workers < busy_rate) return least_turn;
    const double wanted_ns = messages_per_write * publishers * second_ns / rate;
    if (wanted_ns > longest_ns) return busy_turn;
    return std::max(std::chrono::nanoseconds(static_cast<std::int64_t>(wanted_ns)), busy_turn);
}

std::uint64_t messages_in(std::chrono::nanoseconds time, double rate, std::uint64_t each, std::uint32_t publishers, std::uint64_t limit) {
    auto total = static_cast<std::uint64_t>(std::ceil(static_cast<double>(time.count()) * rate / second_ns));
    if (each > 0) total = std::min(total, each * publishers);
    if (limit > 0) total = std::min(total, limit);
    return total;
}

}  // namespace muster::fleet

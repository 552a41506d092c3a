// SPDX-License-Identifier: Apache-2.0
// Pacing.
#include "load/schedule.hpp"

#include <muster/result.hpp>

#include <algorithm>

namespace muster::fleet {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

}  // namespace

OpenSchedule::OpenSchedule(base::SteadyTime start, std::uint64_t messages_per_second) : start_(start), rate_(messages_per_second) {
    MUSTER_REQUIRE(messages_per_second > 0);
}

base::SteadyTime OpenSchedule::due_time(std::uint64_t message) const {
    // Whole seconds apart, so that the product stays small in a run of days.
    const auto seconds = std::chrono::seconds(message / rate_);
    return start_ + seconds + std::chrono::nanoseconds(message % rate_ * second_ns / rate_);
}

std::uint64_t OpenSchedule::due(base::SteadyTime now) const {
    if (now < start_) return 0;
    const auto elapsed = static_cast<std::uint64_t>(std::chrono::nanoseconds(now - start_).count());
    // Message k of a second is due when k * second / rate, rounded down, is not above the time.
    const std::uint64_t in_this_second = ((elapsed % second_ns + 1) * rate_ + second_ns - 1) / second_ns;
    return elapsed / second_ns * rate_ + in_this_second;
}

std::uint64_t Window::settled() const {
    if (settling_.by_acknowledgement && settling_.by_receipt) return std::min(acknowledged_, received_);
    if (settling_.by_acknowledgement) return acknowledged_;
    return settling_.by_receipt ? received_ : sent_;
}

std::uint64_t Window::give_up() {
    const std::uint64_t lost = outstanding();
    acknowledged_ = sent_;
    received_ = sent_;
    return lost;
}

}  // namespace muster::fleet

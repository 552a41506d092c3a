// SPDX-License-Identifier: Apache-2.0
// Judges one process's delays between connections.
#include "reconnect_judge.hpp"

#include "session/reconnect_plan.hpp"

#include <algorithm>
#include <numeric>

namespace muster::test {
namespace {

// More connections than this within `burst` is a loop: with full jitter from 500 ms on, that has no chance in 10^9.
constexpr std::size_t burst_limit = 12;
constexpr milliseconds burst{5'000};
// After so many failures in a row this much was waited in all: less has a chance of 6 in 10^9, for ceilings of 0.5 s doubling to 30 s.
constexpr unsigned row_limit = 10;
constexpr milliseconds row_least{5'000};
// Once the hold-off has grown to its cap, so many of them last half the cap together: less has a chance of 1 in 10^7.
constexpr std::size_t duel_length = 8;
constexpr unsigned duel_has_grown = 14;

}  // namespace

void ReconnectJudge::opened(bool is_trial) {
    opens_.push_back(world_.now());
    while (opens_.front() + burst < world_.now()) opens_.pop_front();
    require(opens_.size() <= burst_limit, Promise::backoff, "it connects again and again without a delay");
    connected_since_.reset();
    // Another credential is worth an attempt at once; the delay that it cuts short counts as waited.
    if (is_trial && ended_at_) {
        ++failures_;
        waited_ += row_least;
        ended_at_.reset();
    }
    if (ended_at_) check_delay();
    ended_at_.reset();
}

void ReconnectJudge::check_delay() {
    const auto delay = std::chrono::duration_cast<milliseconds>(world_.now() - *ended_at_);
    const auto floor = session::is_refusal(ended_why_) ? backoff_.refused_floor : milliseconds(0);
    const auto doubled = backoff_.base * (1U << std::min(failures_, 12U));
    // The hold-off of a takeover has a count of its own.
    const auto ceiling = ended_why_ == Code::taken_over ? backoff_.cap : std::min(backoff_.cap, doubled);
    require(delay >= floor, Promise::backoff, "a refusal is retried sooner than its floor");
    require(delay <= floor + ceiling, Promise::backoff, "a delay is longer than its attempt allows");
    check_row(delay - floor);
    if (ended_why_ == Code::taken_over) check_duel(delay - floor);
}

void ReconnectJudge::check_row(milliseconds beyond_floor) {
    waited_ += beyond_floor;
    ++failures_;
    require(failures_ < row_limit || waited_ >= row_least, Promise::backoff, "it connects again and again with next to no delay");
}

void ReconnectJudge::check_duel(milliseconds beyond_floor) {
    ++takeovers_;
    hold_offs_.push_back(beyond_floor);
    if (hold_offs_.size() > duel_length) hold_offs_.pop_front();
    const auto held_off = std::accumulate(hold_offs_.begin(), hold_offs_.end(), milliseconds(0));
    require(takeovers_ < duel_has_grown || held_off >= backoff_.cap / 2, Promise::takeover, "a fight for a client id does not die down");
}

void ReconnectJudge::ended(Code why) {
    const bool was_stable = connected_since_ && world_.now() - *connected_since_ >= backoff_.min_stable;
    if (was_stable) {
        failures_ = 0;
        waited_ = milliseconds(0);
        if (why != Code::taken_over) takeovers_ = 0;
    }
    connected_since_.reset();
    ended_at_ = world_.now();
    ended_why_ = why;
}

}  // namespace muster::test

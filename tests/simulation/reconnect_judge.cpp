// SPDX-License-Identifier: Apache-2.0
// Judges one process's delays between connections.
#include "reconnect_judge.hpp"

#include "session/reconnect_plan.hpp"

#include <algorithm>
#include <numeric>

namespace muster::test {
namespace {

// More connections than this within `burst` is a loop.
constexpr std::size_t burst_limit = 14;
constexpr milliseconds burst{5'000};
// After so many failures in a row this much was waited in all: delays grow by half, from between 0.25 and 0.5 s on.
constexpr unsigned row_limit = 10;
constexpr milliseconds row_least{4'000};
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

// Another endpoint than the one that failed is tried soon, unless the cause is the device's own.
milliseconds ReconnectJudge::least() const {
    if (ended_why_ == Code::taken_over) return backoff_.refused_floor;
    if (retry_after_.count() > 0) return retry_after_ / 5;
    if (ended_why_ == Code::denied || ended_why_ == Code::expired) return backoff_.refused_floor;
    return was_stable_ ? milliseconds(0) : backoff_.base / 2;
}

milliseconds ReconnectJudge::most() const {
    const auto slow = std::max(backoff_.refused_cap, 2 * backoff_.refused_floor);
    if (ended_why_ == Code::taken_over) return slow;
    if (retry_after_.count() > 0) return retry_after_;
    if (session::is_refusal(ended_why_)) return slow;
    if (was_stable_) return std::max(backoff_.first_attempt, backoff_.base);
    if (ended_why_ == Code::timeout) return std::max(backoff_.timeout_cap, backoff_.cap);
    auto grown = backoff_.base;
    for (unsigned i = 0; i < failures_ && grown < backoff_.cap; ++i) grown = grown * 3 / 2;
    return std::min(grown, backoff_.cap);
}

void ReconnectJudge::check_delay() {
    const auto delay = std::chrono::duration_cast<milliseconds>(world_.now() - *ended_at_);
    require(delay >= least(), Promise::backoff, "a delay is shorter than its cause allows");
    require(delay <= most(), Promise::backoff, "a delay is longer than its cause and its attempt allow");
    check_row(delay);
    if (ended_why_ == Code::taken_over) check_duel(delay - backoff_.refused_floor);
}

void ReconnectJudge::check_row(milliseconds delay) {
    waited_ += delay;
    ++failures_;
    require(failures_ < row_limit || waited_ >= row_least, Promise::backoff, "it connects again and again with next to no delay");
}

void ReconnectJudge::check_duel(milliseconds beyond_floor) {
    ++takeovers_;
    hold_offs_.push_back(beyond_floor);
    if (hold_offs_.size() > duel_length) hold_offs_.pop_front();
    const auto held_off = std::accumulate(hold_offs_.begin(), hold_offs_.end(), milliseconds(0));
    require(takeovers_ < duel_has_grown || held_off >= backoff_.refused_cap / 2, Promise::takeover,
            "a fight for a client id does not die down");
}

void ReconnectJudge::ended(Code why, std::chrono::seconds retry_after) {
    was_stable_ = connected_since_ && world_.now() - *connected_since_ >= backoff_.min_stable;
    if (was_stable_) {
        failures_ = 0;
        waited_ = milliseconds(0);
        if (why != Code::taken_over) takeovers_ = 0;
    }
    connected_since_.reset();
    ended_at_ = world_.now();
    ended_why_ = why;
    retry_after_ = retry_after;
}

}  // namespace muster::test

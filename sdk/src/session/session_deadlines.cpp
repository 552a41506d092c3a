// SPDX-License-Identifier: Apache-2.0
// When the session has to be called although nothing has happened.
#include "session/session.hpp"

#include <algorithm>

namespace muster::session {

using base::SteadyTime;

bool Session::has_phase_deadline() const {
    switch (phase_) {
        case Phase::waiting:
        case Phase::opening:
        case Phase::closing:
            return true;
        case Phase::subscribing:
        case Phase::up:
            return subscriptions_.is_outstanding();
        case Phase::idle:
        case Phase::stopped:
            break;
    }
    return false;
}

std::optional<SteadyTime> Session::next_deadline() const {
    std::optional<SteadyTime> next;
    const auto consider = [&next](SteadyTime time) { next = next ? std::min(*next, time) : time; };
    if (has_phase_deadline()) consider(phase_deadline_);
    if (stopping_ && phase_ != Phase::closing && phase_ != Phase::stopped) consider(drain_deadline_);
    if (is_moving()) consider(move_deadline_);
    if (phase_ == Phase::up && paused_until_ && !is_moving()) consider(*paused_until_);
    if (phase_ == Phase::up && suspect_from_ && !is_moving()) consider(*suspect_from_);
    if (phase_ == Phase::up && !stopping_ && tries_better_at_ && !is_moving() && health_.has_better(*tries_better_at_))
        consider(*tries_better_at_);
    if (const auto stall = progress_.next_deadline(is_degraded_ || stopping_); phase_ == Phase::up && stall) consider(*stall);
    return next;
}

}  // namespace muster::session

// SPDX-License-Identifier: Apache-2.0
// When to try again, and where.
#include "session/reconnect_plan.hpp"

#include "base/backoff.hpp"

#include <algorithm>

namespace muster::session {

bool is_refusal(Code code) noexcept {
    switch (code) {
        case Code::denied:
        case Code::tls:
        case Code::expired:
        case Code::rejected:
        case Code::taken_over:
            return true;
        default:
            return false;
    }
}

std::chrono::milliseconds ReconnectPlan::first_delay() {
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(base::draw_up_to(random_, static_cast<std::uint64_t>(config_.first_attempt.count()))));
}

std::chrono::milliseconds ReconnectPlan::delay_after(Code why, std::chrono::milliseconds up_for) {
    const bool was_stable = up_for > std::chrono::milliseconds(0) && up_for >= config_.min_stable;
    if (was_stable) {
        attempt_ = 0;
    } else {
        endpoint_ = (endpoint_ + 1) % endpoints_;
    }
    if (why == Code::taken_over) {
        // Of two devices with one client id each is connected, and stable, while the other one waits: that says nothing about the duel, so
        // the hold-off grows all the same.
        const base::BackoffLimits limits{std::max(config_.base, config_.refused_floor), std::max(config_.cap, config_.refused_floor)};
        return config_.refused_floor + base::backoff_delay(takeovers_++, limits, random_);
    }
    if (was_stable) takeovers_ = 0;
    const auto delay = base::backoff_delay(attempt_++, {config_.base, config_.cap}, random_);
    return is_refusal(why) ? config_.refused_floor + delay : delay;
}

std::chrono::milliseconds ReconnectPlan::pause() {
    return config_.base + base::backoff_delay(pauses_++, {config_.base, config_.cap}, random_);
}

}  // namespace muster::session

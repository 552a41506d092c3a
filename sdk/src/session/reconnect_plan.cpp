// SPDX-License-Identifier: Apache-2.0
// When to try again.
#include "session/reconnect_plan.hpp"

#include "base/backoff.hpp"

#include <algorithm>

namespace muster::session {
namespace {

using std::chrono::milliseconds;

// A hint is obeyed up to this: a broker that means longer will say so again, and one that errs must not keep a device away for a year.
constexpr std::chrono::seconds longest_hint{3'600};

// The first attempt that was not answered waits up to so many times `base`: a queue that is longer than the connect timeout takes minutes
// to be worked off, and who comes back sooner makes it longer (measured by `./dev bench storm`).
constexpr int first_unanswered = 16;

constexpr std::chrono::minutes shortest_stay{10};
constexpr milliseconds least_pause{1'000};
constexpr milliseconds longest_pause{120'000};

milliseconds draw(base::Random& random, milliseconds least, milliseconds most) {
    return least + milliseconds(static_cast<std::int64_t>(
                       base::draw_up_to(random, static_cast<std::uint64_t>(std::max(most - least, milliseconds(0)).count()))));
}

}  // namespace

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

milliseconds ReconnectPlan::first_delay() {
    return draw(random_, milliseconds(0), config_.first_attempt);
}

void ReconnectPlan::start_over() {
    turned_away_ = 0;
    unanswered_ = 0;
    refusals_ = 0;
}

// A delay from the slow schedule: nobody but a person can mend it, who may be at it.
milliseconds ReconnectPlan::slow_delay(std::uint32_t attempt) {
    const auto first = config_.refused_floor + std::max(config_.refused_floor, config_.base);
    return draw(random_, config_.refused_floor, base::grown(attempt, {first, std::max(config_.refused_cap, first), 2, 1}));
}

milliseconds ReconnectPlan::delay_after(const LinkEnd& end) {
    const bool was_stable = is_stable(end.up_for);
    if (was_stable) start_over();
    // Of two devices with one client id each is connected, and stable, while the other one waits: that says nothing about the duel, so the
    // hold-off grows all the same.
    if (end.why == Code::taken_over) return slow_delay(takeovers_++);
    if (was_stable) takeovers_ = 0;
    if (end.retry_after && end.retry_after->count() > 0) {
        const milliseconds hint = std::min(*end.retry_after, longest_hint);
        return draw(random_, hint / 5, hint);
    }
    // Who is not let in here is not let in there; all other failures may be this endpoint's own.
    const bool is_ours = end.why == Code::denied || end.why == Code::expired;
    if (end.has_alternative && !is_ours) return base::equal_jitter(config_.base, random_);
    if (is_refusal(end.why)) return slow_delay(refusals_++);
    // The others of the fleet have lost it in the same moment.
    if (was_stable) return draw(random_, milliseconds(0), std::max(config_.first_attempt, config_.base));
    if (end.why == Code::timeout) {
        const auto least = first_unanswered * config_.base;
        return base::equal_jitter(base::grown(unanswered_++, {least, std::max(config_.timeout_cap, config_.cap), 4, 1}), random_);
    }
    return base::equal_jitter(base::grown(turned_away_++, {config_.base, config_.cap, 3, 2}), random_);
}

milliseconds ReconnectPlan::stay() {
    return draw(random_, shortest_stay, 2 * shortest_stay);
}

// The connection is good, and waiting does not bring more devices: less than after a disconnect will do.
milliseconds ReconnectPlan::pause() {
    const auto least = std::min(config_.base, least_pause);
    return least + base::backoff_delay(pauses_++, {least, std::min(config_.cap, longest_pause)}, random_);
}

}  // namespace muster::session

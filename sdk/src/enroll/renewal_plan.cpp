// SPDX-License-Identifier: Apache-2.0
// When a certificate is renewed.
#include "enroll/renewal_plan.hpp"

#include "base/backoff.hpp"

#include <algorithm>
#include <utility>

namespace muster::est {
namespace {

using std::chrono::milliseconds;

// Whatever happens, no server is asked more often.
constexpr milliseconds least_delay{60'000};
constexpr milliseconds most_delay{3'600'000};
// Between renewals that succeed, where only seconds of validity are left.
constexpr milliseconds least_gap{1'000};
// Of a certificate's lifetime, so that a short-lived one is not lost to a long delay.
constexpr int delays_per_lifetime = 20;
// A server may ask to come back later than that; the device asks then all the same.
constexpr std::chrono::seconds longest_retry_after{86'400};
// Devices that were off when their renewal was due come back together.
constexpr milliseconds overdue_spread{30'000};
// How soon a wall clock that was set is noticed.
constexpr milliseconds clock_check{3'600'000};
constexpr std::uint32_t trials_per_candidate = 3;

// splitmix64's finaliser: neighbouring seeds give independent numbers.
std::uint64_t mix(std::uint64_t value) {
    value += 0x9E37'79B9'7F4A'7C15ULL;
    value = (value ^ (value >> 30U)) * 0xBF58'476D'1CE4'E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D0'49BB'1331'11EBULL;
    return value ^ (value >> 31U);
}

milliseconds percent_of(milliseconds whole, unsigned percent) {
    return whole / 100 * percent;
}

milliseconds draw(base::Random& random, milliseconds bound) {
    return milliseconds(base::draw_up_to(random, static_cast<std::uint64_t>(std::max<std::int64_t>(0, bound.count()))));
}

}  // namespace

milliseconds RenewalPlan::lifetime() const {
    return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(in_use_.not_after - in_use_.not_before));
}

milliseconds RenewalPlan::retry_cap() const {
    return std::clamp(lifetime() / delays_per_lifetime, least_delay, most_delay);
}

base::WallTime RenewalPlan::due() const {
    const auto begun = std::chrono::duration_cast<std::chrono::seconds>(in_use_.not_before.time_since_epoch()).count();
    const auto jitter = static_cast<std::uint64_t>(percent_of(lifetime(), limits_.jitter_percent).count());
    const auto place = mix(device_seed_ ^ mix(static_cast<std::uint64_t>(begun))) % (jitter + 1);
    return in_use_.not_before + percent_of(lifetime(), limits_.after_percent) + milliseconds(place);
}

void RenewalPlan::begin_term(const Term& in_use) {
    in_use_ = in_use;
    phase_ = Phase::waiting;
    has_candidate_ = false;
    failures_ = trials_ = 0;
    not_before_.reset();
}

void RenewalPlan::start(const Term& in_use, bool has_candidate, Moment now) {
    if (phase_ != Phase::idle) return;
    begin_term(in_use);
    has_candidate_ = has_candidate;
    const bool is_overdue = now.wall >= due();
    if (is_overdue) not_before_ = now.steady + draw(random_, std::min(overdue_spread, percent_of(lifetime(), limits_.jitter_percent)));
    tell(CredentialState::valid);
    tick(now);
}

void RenewalPlan::tick(Moment now) {
    if (phase_ != Phase::waiting || (not_before_ && now.steady < *not_before_)) return;
    if (has_candidate_) {
        phase_ = Phase::trying;
        tell(CredentialState::renewing);
        actions_.emplace_back(Try{});
    } else if (is_due(now)) {
        phase_ = Phase::obtaining;
        if (state_ != CredentialState::needs_enrollment) tell(CredentialState::renewing);
        actions_.emplace_back(Obtain{});
    } else if (state_ != CredentialState::valid) {  // The clock has been set back.
        failures_ = 0;
        tell(CredentialState::valid);
    }
}

void RenewalPlan::renew(Moment now) {
    if (phase_ == Phase::idle || phase_ == Phase::waiting) is_wanted_ = true;
    tick(now);
}

void RenewalPlan::obtained(Moment now) {
    if (phase_ != Phase::obtaining) return;
    phase_ = Phase::waiting;
    has_candidate_ = true;
    trials_ = 0;
    not_before_.reset();
    tick(now);
}

void RenewalPlan::not_obtained(const Error& why, std::chrono::seconds retry_after, Moment now) {
    if (phase_ == Phase::obtaining) fail(why, retry_after, now);
}

void RenewalPlan::trial_ended(const std::optional<Error>& why, Moment now) {
    if (phase_ != Phase::trying) return;
    if (!why) {
        phase_ = Phase::promoting;
        actions_.emplace_back(Promote{});
        return;
    }
    const bool is_weather = is_retriable(why->code()) && ++trials_ < trials_per_candidate;
    if (!is_weather) {
        has_candidate_ = false;
        actions_.emplace_back(Discard{});
    }
    fail(why->in("the new certificate does not connect"), std::chrono::seconds(0), now);
}

void RenewalPlan::promoted(const Term& in_use, Moment now) {
    if (phase_ == Phase::promoting) replaced(in_use, now);
}

void RenewalPlan::not_promoted(const Error& why, Moment now) {
    if (phase_ == Phase::promoting) fail(why, std::chrono::seconds(0), now);
}

void RenewalPlan::replaced(const Term& in_use, Moment now) {
    begin_term(in_use);
    is_wanted_ = false;
    // Some certificates are due from the start: that of a CA that is about to end, for example.
    const auto left = std::chrono::duration_cast<milliseconds>(in_use.not_after - now.wall);
    not_before_ = now.steady + std::clamp(left / delays_per_lifetime, least_gap, least_delay);
    tell(CredentialState::valid);
}

void RenewalPlan::fail(const Error& why, std::chrono::seconds retry_after, Moment now) {
    phase_ = Phase::waiting;
    const auto asked = std::chrono::duration_cast<milliseconds>(std::clamp(retry_after, std::chrono::seconds(0), longest_retry_after));
    const auto backoff = base::backoff_delay(failures_++, {least_delay, retry_cap()}, random_);
    not_before_ = now.steady + std::max(least_delay, asked) + backoff;
    const bool is_final = now.wall > in_use_.not_after && !has_candidate_ && !is_retriable(why.code());
    tell(is_final || state_ == CredentialState::needs_enrollment ? CredentialState::needs_enrollment : CredentialState::retrying, why);
}

void RenewalPlan::tell(CredentialState state, std::optional<Error> why) {
    state_ = state;
    actions_.emplace_back(Tell{state, std::move(why)});
}

std::vector<RenewalAction> RenewalPlan::take_actions() {
    return std::exchange(actions_, {});
}

std::optional<base::SteadyTime> RenewalPlan::next_deadline(Moment now) const {
    if (phase_ != Phase::waiting) return std::nullopt;
    if (not_before_ && *not_before_ > now.steady) return not_before_;
    if (has_candidate_ || is_due(now)) return now.steady;
    return now.steady + std::min(clock_check, std::chrono::ceil<milliseconds>(due() - now.wall));
}

}  // namespace muster::est

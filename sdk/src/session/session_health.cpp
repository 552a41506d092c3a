// SPDX-License-Identifier: Apache-2.0
// The session's connection while it is up, or could be soon: is it of full use, should it be another one?
#include "session/session.hpp"

#include <algorithm>
#include <utility>

namespace muster::session {

// What was written before an attempt was given up may come later than the next one: the broker takes it for another client's.
bool Session::is_echo(Code why, std::chrono::milliseconds up_for, SteadyTime now) {
    constexpr std::chrono::minutes longest_travel{2};  // Of what a closed socket still sends again.
    if (why == Code::timeout && up_for.count() == 0) given_up_at_ = now;
    if (why != Code::taken_over) return false;
    const auto given_up_at = std::exchange(given_up_at_, std::nullopt);
    return given_up_at && now <= *given_up_at + longest_travel;
}

void Session::try_candidate(SteadyTime now) {
    if (stopping_ || phase_ == Phase::stopped) return;
    trial_wanted_ = true;
    if (phase_ == Phase::waiting) open(now, health_.choose(now));  // Whatever the delay was for: this is another credential.
    if (phase_ == Phase::up) begin_move(now);
}

// What is not sent yet goes back, so that nothing but acknowledgements is waited for.
void Session::begin_move(SteadyTime now) {
    move_deadline_ = now + config_.connect_timeout;
    if (auto back = in_flight_.take_back_ready(); !back.empty()) actions_.emplace_back(Release{std::move(back)});
    if (fetching_ == Fetching::yes) fetching_ = Fetching::to_put_back;
    outbox_may_have_more_ = true;
    move_if_quiet(now);
}

void Session::move_if_quiet(SteadyTime now) {
    if (is_moving() && (in_flight_.is_empty() || now >= move_deadline_)) close(now, Ending::move);
}

// Its whole fleet comes with us: as after a loss.
void Session::follow(const std::string& server_reference, SteadyTime now) {
    ++redirects_;
    redirect_ = server_reference;
    if (may_hurry_) phase_deadline_ = now + plan_.first_delay();
}

void Session::network_up(SteadyTime now) {
    constexpr std::chrono::minutes at_most_every{1};
    if (phase_ != Phase::waiting || !may_hurry_ || (hurried_at_ && now < *hurried_at_ + at_most_every)) return;
    hurried_at_ = now;
    phase_deadline_ = std::min(phase_deadline_, now + plan_.first_delay());
}

NetworkCounts Session::counts() const {
    NetworkCounts now = counts_;
    now.in_flight = in_flight_.sent();
    now.window = in_flight_.window();
    return now;
}

// What keeps a connection from being of full use.
std::optional<Error> Session::trouble(SteadyTime now) const {
    if (progress_.is_stalled(now)) return Error{Code::timeout, "the broker answers nothing that it is sent"};
    if (is_pushed_back_) return Error{Code::unavailable, "the broker refuses for now what it is sent"};
    return subscriptions_.refusal();
}

void Session::report_health(SteadyTime now) {
    if (phase_ != Phase::up || stopping_) return;
    auto why = trouble(now);
    if (why.has_value() == std::exchange(is_degraded_, why.has_value())) return;
    report(why ? ConnectionState::degraded : ConnectionState::connected, why);
}

void Session::tend(SteadyTime now) {
    if (progress_.is_lost(now)) return close(now, Ending::failure, Error{Code::timeout, "the broker has not answered for two keep-alives"});
    report_health(now);
    if (!is_moving() && !stopping_ && tries_better_at_ && now >= *tries_better_at_ && health_.has_better(now)) {
        wants_better_ = true;
        begin_move(now);
    } else {
        move_if_quiet(now);
    }
    if (phase_ == Phase::up) pump(now);
}

}  // namespace muster::session

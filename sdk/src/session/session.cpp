// SPDX-License-Identifier: Apache-2.0
// The connection's state machine.
#include "session/session.hpp"

#include <algorithm>
#include <utility>

namespace muster::session {
namespace {

// How long a link that we closed may take to say so; a clean disconnect is one packet.
constexpr std::chrono::seconds close_grace{1};
// A PUBLISH is its topic and payload and at most this: fixed header 5, topic length 2, packet id 2, properties length 1, and room for a
// topic alias.
constexpr std::uint64_t publish_overhead = 16;

}  // namespace

Session::Session(const SessionConfig& config, base::Random& random)
    : config_(config), plan_(config.backoff, config.endpoints, random), keep_alive_(config.keep_alive) {
    MUSTER_REQUIRE(config.endpoints > 0 && config.window > 0);
}

void Session::report(ConnectionState state, std::optional<Error> why) {
    actions_.emplace_back(Report{state, std::move(why)});
}

void Session::start(SteadyTime now) {
    if (phase_ != Phase::idle) return;
    phase_ = Phase::waiting;
    phase_deadline_ = now + plan_.first_delay();
    tick(now);
}

void Session::stop(SteadyTime now, SteadyTime deadline, bool has_waiting) {
    if (stopping_ || phase_ == Phase::stopped) return;
    stopping_ = true;
    drain_deadline_ = deadline;
    const bool is_connected = phase_ == Phase::up || phase_ == Phase::subscribing;
    if (phase_ == Phase::idle || (!is_connected && !has_waiting)) drain_deadline_ = now;
    if (phase_ != Phase::idle) report(ConnectionState::draining);
    tick(now);
    finish_if_drained(now);
}

void Session::subscribe(const std::string& filter, Qos qos, SteadyTime now) {
    subscriptions_.want(filter, qos);
    if (phase_ == Phase::up || phase_ == Phase::subscribing) request_subscriptions(now);
}

void Session::records_available(SteadyTime now) {
    outbox_may_have_more_ = true;
    pump(now);
}

void Session::records(LinkId link, std::vector<Record> fetched, SteadyTime now) {
    if (!is_current(link) || !fetching_) return;
    fetching_ = false;
    if (!fetched.empty()) outbox_may_have_more_ = true;
    in_flight_.add(std::move(fetched));
    pump(now);
    finish_if_drained(now);
}

void Session::open(SteadyTime now) {
    phase_ = Phase::opening;
    phase_deadline_ = now + config_.connect_timeout;
    endpoint_in_use_ = plan_.endpoint();
    up_since_.reset();
    actions_.emplace_back(OpenLink{++link_, endpoint_in_use_, keep_alive_});
    if (!stopping_) report(ConnectionState::connecting);
}

void Session::link_up(LinkId link, const transport::LinkUp& up, SteadyTime now) {
    if (!is_current(link) || phase_ != Phase::opening) return;
    // The transport pings at the interval it was opened with; a broker that wants a shorter one would cut us off. Once is enough: it is
    // remembered.
    const bool wants_other_keep_alive = up.server_keep_alive && up.server_keep_alive->count() > 0 && *up.server_keep_alive < keep_alive_;
    if (wants_other_keep_alive) {
        keep_alive_ = *up.server_keep_alive;
        close(now, std::nullopt);
        return;
    }
    ++connects_;
    up_since_ = now;
    in_flight_.begin_connection(std::min<std::size_t>(config_.window, std::max<std::size_t>(1, up.receive_maximum)));
    maximum_packet_size_ = up.maximum_packet_size;
    paused_until_.reset();
    outbox_may_have_more_ = true;
    phase_ = Phase::subscribing;
    subscriptions_.begin_connection();
    request_subscriptions(now);
    if (subscriptions_.all_answered()) enter_up(now);
}

void Session::request_subscriptions(SteadyTime now) {
    auto request = subscriptions_.next_request();
    if (request.empty()) return;
    phase_deadline_ = now + config_.connect_timeout;
    actions_.emplace_back(Subscribe{link_, std::move(request)});
}

void Session::subscribed(LinkId link, const std::vector<Result<void>>& outcomes, SteadyTime now) {
    if (!is_current(link) || (phase_ != Phase::subscribing && phase_ != Phase::up)) return;
    for (auto& [filter, why] : subscriptions_.answer(outcomes)) actions_.emplace_back(SubscriptionRefused{filter, why});
    request_subscriptions(now);
    if (phase_ == Phase::subscribing && subscriptions_.all_answered()) enter_up(now);
}

void Session::enter_up(SteadyTime now) {
    phase_ = Phase::up;
    if (!stopping_) report(ConnectionState::connected);
    pump(now);
    finish_if_drained(now);
}

bool Session::fits(const Record& record) const {
    return record.bytes() + publish_overhead <= maximum_packet_size_;
}

void Session::pump(SteadyTime now) {
    if (phase_ != Phase::up || (paused_until_ && now < *paused_until_)) return;
    paused_until_.reset();
    while (auto record = in_flight_.take_ready()) {
        if (!fits(*record)) {
            actions_.emplace_back(Reject{record->id, Error{Code::too_large, "the broker takes packets of at most " +
                                                                                std::to_string(maximum_packet_size_) + " bytes"}});
            continue;
        }
        in_flight_.mark_sent(record->id);
        actions_.emplace_back(Send{link_, std::move(*record)});
    }
    if (!in_flight_.has_ready() && !fetching_ && outbox_may_have_more_) {
        fetching_ = true;
        outbox_may_have_more_ = false;
        actions_.emplace_back(Fetch{link_, in_flight_.window()});
    }
}

void Session::sent(LinkId link, RecordId id, const Result<void>& outcome, SteadyTime now) {
    if (!is_current(link) || !in_flight_.answered(id)) return;
    if (outcome) {
        in_flight_.settle(id);
    } else if (outcome.error().code() == Code::unavailable) {
        // It was not stored (quota, busy): it goes back, with all that was fetched after it, so that the order stays.
        std::vector<RecordId> back = in_flight_.take_back_ready();
        back.insert(back.begin(), id);
        actions_.emplace_back(Release{std::move(back)});
        outbox_may_have_more_ = true;
        paused_until_ = now + plan_.pause();
    } else {
        actions_.emplace_back(Reject{id, outcome.error()});
    }
    pump(now);
    finish_if_drained(now);
}

void Session::link_down(LinkId link, const Error& why, SteadyTime now) {
    if (!is_current(link) || phase_ == Phase::waiting || phase_ == Phase::idle) return;
    const bool by_us = phase_ == Phase::closing;
    ended(by_us && close_reason_ ? *close_reason_ : why, now);
}

// The link is gone, whatever the cause: take back what it carried and decide what comes next.
void Session::ended(const Error& why, SteadyTime now) {
    const bool by_our_wish = phase_ == Phase::closing && !close_reason_;
    const auto up_for = up_since_ ? std::chrono::duration_cast<std::chrono::milliseconds>(now - *up_since_) : std::chrono::milliseconds(0);
    if (up_since_ && !by_our_wish) ++disconnects_;
    up_since_.reset();
    flush_settled();
    in_flight_.lose_connection();
    fetching_ = false;
    paused_until_.reset();
    ++link_;  // Whatever still comes for the old link is late.
    actions_.emplace_back(ReleaseAll{});

    if (stopping_ && (by_our_wish || now >= drain_deadline_)) {
        finish();
        return;
    }
    if (by_our_wish) {  // Closed to connect again with another keep-alive.
        open(now);
        return;
    }
    phase_ = Phase::waiting;
    phase_deadline_ = now + plan_.delay_after(why.code(), up_for);
    if (!stopping_) report(ConnectionState::waiting, why);
}

void Session::close(SteadyTime now, std::optional<Error> why) {
    phase_ = Phase::closing;
    phase_deadline_ = now + close_grace;
    close_reason_ = std::move(why);
    flush_settled();
    actions_.emplace_back(CloseLink{link_});
}

void Session::finish_if_drained(SteadyTime now) {
    if (!stopping_ || phase_ != Phase::up) return;
    const bool drained = in_flight_.is_empty() && !fetching_ && !outbox_may_have_more_;
    if (drained) close(now, std::nullopt);
}

void Session::finish() {
    phase_ = Phase::stopped;
    report(ConnectionState::stopped);
    actions_.emplace_back(Stopped{});
}

void Session::tick(SteadyTime now) {
    if (stopping_ && now >= drain_deadline_ && phase_ != Phase::closing && phase_ != Phase::stopped) {
        if (phase_ == Phase::idle || phase_ == Phase::waiting) {
            finish();
        } else {
            close(now, std::nullopt);
        }
        return;
    }
    if (phase_ == Phase::up) pump(now);
    const bool has_deadline =
        phase_ == Phase::waiting || phase_ == Phase::opening || phase_ == Phase::closing || subscriptions_.is_outstanding();
    if (!has_deadline || now < phase_deadline_) return;
    switch (phase_) {
        case Phase::waiting:
            open(now);
            break;
        case Phase::opening:
            close(now, Error{Code::timeout,
                             "no answer to the connection request within " + std::to_string(config_.connect_timeout.count()) + " ms"});
            break;
        case Phase::subscribing:
        case Phase::up:
            close(now,
                  Error{Code::timeout, "no answer to the subscription within " + std::to_string(config_.connect_timeout.count()) + " ms"});
            break;
        case Phase::closing:
            ended(close_reason_.value_or(Error{Code::stopped, "closed"}), now);
            break;  // The transport kept silent.
        case Phase::idle:
        case Phase::stopped:
            break;
    }
}

void Session::flush_settled() {
    auto settled = in_flight_.take_settled();
    if (!settled.empty()) actions_.emplace_back(Settle{std::move(settled)});
}

std::vector<Action> Session::take_actions() {
    flush_settled();
    return std::exchange(actions_, {});
}

std::optional<SteadyTime> Session::next_deadline() const {
    std::optional<SteadyTime> next;
    const auto consider = [&next](SteadyTime time) { next = next ? std::min(*next, time) : time; };
    const bool phase_has_deadline = phase_ == Phase::waiting || phase_ == Phase::opening || phase_ == Phase::closing ||
                                    ((phase_ == Phase::subscribing || phase_ == Phase::up) && subscriptions_.is_outstanding());
    if (phase_has_deadline) consider(phase_deadline_);
    if (stopping_ && phase_ != Phase::closing && phase_ != Phase::stopped) consider(drain_deadline_);
    if (phase_ == Phase::up && paused_until_) consider(*paused_until_);
    return next;
}

}  // namespace muster::session

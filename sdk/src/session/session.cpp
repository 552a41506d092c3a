// SPDX-License-Identifier: Apache-2.0
// The connection's state machine.
#include "session/session.hpp"

#include "base/text.hpp"

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
    : config_(config), plan_(config.backoff, config.endpoints, random), keep_alives_(config.endpoints, config.keep_alive) {
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
    if (phase_ == Phase::idle || (phase_ != Phase::up && !has_waiting)) drain_deadline_ = now;
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
    if (!is_current(link) || fetching_ == Fetching::no) return;
    const auto was = std::exchange(fetching_, Fetching::no);
    if (!fetched.empty()) outbox_may_have_more_ = true;
    if (was == Fetching::yes) {
        in_flight_.add(std::move(fetched));
    } else if (!fetched.empty()) {
        Release back;
        for (const auto& record : fetched) back.ids.push_back(record.id);
        actions_.emplace_back(std::move(back));
    }
    pump(now);
    finish_if_drained(now);
}

void Session::open(SteadyTime now) {
    phase_ = Phase::opening;
    phase_deadline_ = now + config_.connect_timeout;
    endpoint_in_use_ = plan_.endpoint();
    if (std::exchange(trial_wanted_, false)) is_trial_ = true;
    actions_.emplace_back(OpenLink{++link_, endpoint_in_use_, keep_alives_[endpoint_in_use_], is_trial_});
    if (!stopping_) report(ConnectionState::connecting);
}

void Session::link_up(LinkId link, const transport::LinkUp& up, SteadyTime now) {
    if (!is_current(link) || phase_ != Phase::opening) return;
    if (adopt_keep_alive(up)) {
        close(now, Ending::other_keep_alive);
        return;
    }
    ++connects_;
    is_accepted_ = true;
    reopened_ = false;
    in_flight_.begin_connection(std::min<std::size_t>(config_.window, std::max<std::size_t>(1, up.receive_maximum)));
    maximum_packet_size_ = up.maximum_packet_size;
    paused_until_.reset();
    outbox_may_have_more_ = true;
    phase_ = Phase::subscribing;
    subscriptions_.begin_connection();
    request_subscriptions(now);
    if (subscriptions_.all_answered()) enter_up(now);
}

// The transport pings at the interval it was opened with; a broker that wants a shorter one would cut us off (MQTT 5.0,
// section 3.2.2.3.14). So the link is made once more, and the endpoint's interval is remembered.
bool Session::adopt_keep_alive(const transport::LinkUp& up) {
    auto& keep_alive = keep_alives_[endpoint_in_use_];
    if (!up.server_keep_alive || up.server_keep_alive->count() <= 0 || *up.server_keep_alive >= keep_alive) return false;
    keep_alive = *up.server_keep_alive;
    return true;
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
    up_since_ = now;
    if (std::exchange(is_trial_, false)) actions_.emplace_back(TrialEnded{});
    if (!stopping_) report(ConnectionState::connected);
    if (is_moving()) begin_move(now);
    pump(now);
    finish_if_drained(now);
}

void Session::try_candidate(SteadyTime now) {
    if (stopping_ || phase_ == Phase::stopped) return;
    trial_wanted_ = true;
    if (phase_ == Phase::waiting) open(now);  // Whatever the delay was for: this is another credential.
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

void Session::pump(SteadyTime now) {
    if (phase_ != Phase::up || is_moving() || (paused_until_ && now < *paused_until_)) return;
    paused_until_.reset();
    while (auto record = in_flight_.take_ready()) {
        if (const auto size = record->bytes() + config_.topic_root_bytes + publish_overhead; size > maximum_packet_size_) {
            actions_.emplace_back(Reject{
                record->id, Error{Code::too_large,
                                  "'" + base::printable(record->message.topic) + "' needs a packet of up to " + std::to_string(size) +
                                      " bytes, the broker takes at most " + std::to_string(maximum_packet_size_),
                                  "send less at once, or raise the broker's maximum packet size"}});
            continue;
        }
        in_flight_.mark_sent(record->id);
        actions_.emplace_back(Send{link_, std::move(*record)});
    }
    if (!in_flight_.has_ready() && fetching_ == Fetching::no && outbox_may_have_more_) {
        fetching_ = Fetching::yes;
        outbox_may_have_more_ = false;
        actions_.emplace_back(Fetch{link_, in_flight_.window()});
    }
    watch_answers(now);
}

// Pings do not show that messages get through: a broker may answer them and nothing else, and the transport sends none while its own writes
// stall. A packet takes less than 1.5 keep-alives to arrive, or the broker gives the connection up (MQTT 5.0, section 3.1.2.10).
std::chrono::milliseconds Session::answer_time() const {
    return std::max<std::chrono::milliseconds>(2 * keep_alives_[endpoint_in_use_], config_.connect_timeout);
}

void Session::watch_answers(SteadyTime now) {
    if (!in_flight_.has_unanswered()) {
        answer_deadline_.reset();
    } else if (!answer_deadline_) {
        answer_deadline_ = now + answer_time();
    }
}

void Session::sent(LinkId link, RecordId id, const Result<void>& outcome, SteadyTime now) {
    if (!is_current(link) || !in_flight_.answered(id)) return;
    answer_deadline_.reset();
    if (outcome) {
        in_flight_.settle(id);
        if (!paused_until_) plan_.flows();
    } else if (is_retriable(outcome.error().code()) || outcome.error().code() == Code::stopped) {
        put_back(id, now);
    } else {
        actions_.emplace_back(Reject{id, outcome.error()});
    }
    move_if_quiet(now);
    pump(now);
    watch_answers(now);
    finish_if_drained(now);
}

// It was not stored (quota, busy): it goes back, with all that was or is being fetched after it, so that the order stays. Only what is in
// flight already may overtake it.
void Session::put_back(RecordId id, SteadyTime now) {
    std::vector<RecordId> back = in_flight_.take_back_ready();
    back.insert(back.begin(), id);
    actions_.emplace_back(Release{std::move(back)});
    if (fetching_ == Fetching::yes) fetching_ = Fetching::to_put_back;
    outbox_may_have_more_ = true;
    if (!paused_until_ || now >= *paused_until_) paused_until_ = now + plan_.pause();  // A burst of refusals is one pause.
}

void Session::link_down(LinkId link, const Error& why, SteadyTime now) {
    if (!is_current(link) || phase_ == Phase::waiting || phase_ == Phase::idle) return;
    const bool is_failure_of_ours = phase_ == Phase::closing && close_reason_;
    ended(is_failure_of_ours ? *close_reason_ : why, now);
}

// The link is gone, whatever the cause: take back what it carried and decide what comes next.
void Session::ended(const Error& why, SteadyTime now) {
    const Ending ending = phase_ == Phase::closing ? ending_ : Ending::failure;
    const auto up_for = up_since_ ? std::chrono::duration_cast<std::chrono::milliseconds>(now - *up_since_) : std::chrono::milliseconds(0);
    if (is_accepted_ && ending == Ending::failure) ++disconnects_;
    is_accepted_ = false;
    up_since_.reset();
    answer_deadline_.reset();
    flush_settled();
    in_flight_.lose_connection();
    fetching_ = Fetching::no;
    paused_until_.reset();
    ++link_;  // Whatever still comes for the old link is late.
    actions_.emplace_back(ReleaseAll{});

    if (stopping_ && (ending == Ending::stop || now >= drain_deadline_)) {
        finish();
    } else if (ending == Ending::failure && std::exchange(is_trial_, false)) {
        actions_.emplace_back(TrialEnded{why});
        open(now);
    } else if (ending == Ending::failure) {
        wait_after(why, up_for, now);
    } else if (ending == Ending::move || !std::exchange(reopened_, true)) {
        open(now);
    } else {  // A broker that asks for less every time must not get connections without a delay.
        wait_after(Error{Code::unavailable, "the broker has asked for yet another keep-alive"}, up_for, now);
    }
}

void Session::wait_after(const Error& why, std::chrono::milliseconds up_for, SteadyTime now) {
    phase_ = Phase::waiting;
    phase_deadline_ = now + plan_.delay_after(why.code(), up_for);
    if (!stopping_) report(ConnectionState::waiting, why);
}

void Session::close(SteadyTime now, Ending ending, std::optional<Error> why) {
    phase_ = Phase::closing;
    phase_deadline_ = now + close_grace;
    ending_ = ending;
    close_reason_ = std::move(why);
    flush_settled();
    actions_.emplace_back(CloseLink{link_});
}

void Session::give_up(SteadyTime now, const char* unanswered) {
    const auto waited = std::to_string(config_.connect_timeout.count());
    close(now, Ending::failure, Error{Code::timeout, std::string("no answer to the ") + unanswered + " within " + waited + " ms"});
}

void Session::finish_if_drained(SteadyTime now) {
    if (!stopping_ || phase_ != Phase::up) return;
    const bool drained = in_flight_.is_empty() && fetching_ == Fetching::no && !outbox_may_have_more_;
    if (drained) close(now, Ending::stop);
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
            close(now, Ending::stop);
        }
        return;
    }
    move_if_quiet(now);
    if (phase_ == Phase::up && answer_deadline_ && now >= *answer_deadline_) {
        const auto waited = std::to_string(answer_time().count());
        close(now, Ending::failure, Error{Code::timeout, "no answer to any message in flight within " + waited + " ms"});
        return;
    }
    if (phase_ == Phase::up) pump(now);
    if (!has_phase_deadline() || now < phase_deadline_) return;
    switch (phase_) {
        case Phase::waiting:
            open(now);
            break;
        case Phase::opening:
            give_up(now, "connection request");
            break;
        case Phase::subscribing:
        case Phase::up:
            give_up(now, "subscription");
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
    if (phase_ == Phase::up && answer_deadline_) consider(*answer_deadline_);
    return next;
}

}  // namespace muster::session

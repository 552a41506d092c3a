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
// A PUBLISH is its topic, its payload, the message's properties and at most this: fixed header 5, topic length 2, packet id 2, properties
// length 4, message expiry 5, and room for a topic alias.
constexpr std::uint64_t publish_overhead = 24;
// A connection that lasts so long without a suspect does not end by itself: a broker that dies in a loop must not condemn anybody.
constexpr std::chrono::seconds suspect_quiet{1};
// Brokers that send us on and on would keep us from the list for ever.
constexpr unsigned most_redirects = 3;

// Whether a connection that ended so may have been ended for a message: some brokers say why, others just close.
bool may_be_a_message(Code code) {
    return code == Code::unreachable || code == Code::rejected || code == Code::denied || code == Code::too_large;
}

}  // namespace

Session::Session(const SessionConfig& config, base::Random& random)
    : config_(config),
      plan_(config.backoff, random),
      health_(config.priorities.empty() ? std::vector<unsigned>(config.endpoints, 0) : config.priorities),
      keep_alives_(config.endpoints, config.keep_alive),
      in_flight_(config.alone_from) {
    MUSTER_REQUIRE(config.endpoints > 0 && config.window > 0 &&
                   (config.priorities.empty() || config.priorities.size() == config.endpoints));
    endpoint_in_use_ = health_.current();
}

void Session::report(ConnectionState state, std::optional<Error> why) {
    actions_.emplace_back(Report{state, std::move(why)});
}

void Session::start(SteadyTime now) {
    if (phase_ != Phase::idle) return;
    phase_ = Phase::waiting;
    phase_deadline_ = now + plan_.first_delay();
    may_hurry_ = true;
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

void Session::subscribe(const std::string& filter, const SubscribeOptions& options, SteadyTime now) {
    subscriptions_.want(filter, options);
    if (phase_ == Phase::up || phase_ == Phase::subscribing) request_subscriptions(now);
}

void Session::unsubscribe(const std::string& filter, SteadyTime now) {
    subscriptions_.forget(filter);
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

void Session::open(SteadyTime now, std::size_t endpoint) {
    phase_ = Phase::opening;
    phase_deadline_ = now + config_.connect_timeout;
    endpoint_in_use_ = endpoint;
    ++counts_.attempts;
    wants_better_ = false;
    if (std::exchange(trial_wanted_, false)) is_trial_ = true;
    actions_.emplace_back(OpenLink{++link_, endpoint_in_use_, keep_alives_[endpoint_in_use_], is_trial_, redirect_});
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
    progress_.begin_connection(keep_alives_[endpoint_in_use_], config_.connect_timeout);
    is_pushed_back_ = is_degraded_ = false;
    paused_until_.reset();
    outbox_may_have_more_ = true;
    phase_ = Phase::subscribing;
    subscriptions_.begin_connection(up.session_present);
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
    auto removal = subscriptions_.next_removal();
    if (request.empty() && removal.empty()) return;
    phase_deadline_ = now + config_.connect_timeout;
    if (!request.empty()) actions_.emplace_back(Subscribe{link_, std::move(request)});
    if (!removal.empty()) actions_.emplace_back(Unsubscribe{link_, std::move(removal)});
}

void Session::subscribed(LinkId link, const std::vector<Result<void>>& outcomes, SteadyTime now) {
    if (!is_current(link) || (phase_ != Phase::subscribing && phase_ != Phase::up)) return;
    for (auto& [filter, why] : subscriptions_.answer(outcomes)) {
        ++counts_.refused_subscriptions;
        actions_.emplace_back(SubscriptionRefused{filter, why});
    }
    request_subscriptions(now);
    if (phase_ == Phase::subscribing && subscriptions_.all_answered()) return enter_up(now);
    report_health(now);
}

void Session::unsubscribed(LinkId link, const std::vector<Result<void>>& outcomes, SteadyTime now) {
    if (!is_current(link) || (phase_ != Phase::subscribing && phase_ != Phase::up)) return;
    for (auto& [filter, why] : subscriptions_.removed(outcomes)) actions_.emplace_back(UnsubscriptionRefused{filter, why});
    request_subscriptions(now);
}

void Session::enter_up(SteadyTime now) {
    phase_ = Phase::up;
    up_since_ = now;
    if (std::exchange(is_trial_, false)) actions_.emplace_back(TrialEnded{});
    if (!stopping_) report(ConnectionState::connected);
    tries_better_at_ = now + plan_.stay();
    report_health(now);
    if (is_moving()) begin_move(now);
    pump(now);
    finish_if_drained(now);
}

// At most so many. A response topic gets the root, too.
std::uint64_t Session::packet_bytes(const Record& record) const {
    const auto& properties = record.message.properties;
    const std::uint64_t roots = properties && !properties->response_topic.empty() ? 2 : 1;
    const std::uint64_t id_bytes = record.message.qos == Qos::at_most_once ? 0 : config_.message_id_bytes;
    return record.bytes() + roots * config_.topic_root_bytes + id_bytes + publish_overhead;
}

bool Session::is_suspect_early(SteadyTime now) {
    if (!in_flight_.has_suspect_next() || now >= *up_since_ + suspect_quiet) return false;
    suspect_from_ = *up_since_ + suspect_quiet;
    return true;
}

void Session::pump(SteadyTime now) {
    suspect_from_.reset();
    if (phase_ != Phase::up || is_moving() || (paused_until_ && now < *paused_until_)) return;
    paused_until_.reset();
    while (!is_suspect_early(now)) {
        auto record = in_flight_.take_ready();
        if (!record) break;
        if (const auto size = packet_bytes(*record); size > maximum_packet_size_) {
            actions_.emplace_back(Reject{
                record->id, Error{Code::too_large,
                                  "'" + base::printable(record->message.topic) + "' needs a packet of up to " + std::to_string(size) +
                                      " bytes, the broker takes at most " + std::to_string(maximum_packet_size_),
                                  "send less at once, or raise the broker's maximum packet size"}});
            continue;
        }
        ++counts_.sent;
        counts_.sent_bytes += record->message.topic.size() + record->message.payload.size();
        in_flight_.mark_sent(record->id);
        progress_.sent(now);
        actions_.emplace_back(Send{link_, std::move(*record)});
    }
    if (!in_flight_.has_ready() && fetching_ == Fetching::no && outbox_may_have_more_) {
        fetching_ = Fetching::yes;
        outbox_may_have_more_ = false;
        actions_.emplace_back(Fetch{link_, in_flight_.window()});
    }
}

void Session::sent(LinkId link, RecordId id, const Result<void>& outcome, SteadyTime now) {
    if (!is_current(link) || !in_flight_.answered(id)) return;
    progress_.answered(now, in_flight_.has_sent());
    if (!outcome) counts_.refused_messages.add(outcome.error().code());
    if (outcome) {
        in_flight_.settle(id);
        if (!paused_until_) {
            plan_.flows();
            is_pushed_back_ = false;
        }
    } else if (is_retriable(outcome.error().code()) || outcome.error().code() == Code::stopped) {
        put_back(id, now);
    } else {
        actions_.emplace_back(Reject{id, outcome.error()});
    }
    report_health(now);
    move_if_quiet(now);
    pump(now);
    finish_if_drained(now);
}

// It was not stored (quota, busy): it goes back, with all that was or is being fetched after it, so that the order stays. Only what is in
// flight already may overtake it.
void Session::put_back(RecordId id, SteadyTime now) {
    std::vector<RecordId> back = in_flight_.take_back_ready();
    back.insert(back.begin(), id);
    actions_.emplace_back(Release{std::move(back)});
    is_pushed_back_ = true;
    if (fetching_ == Fetching::yes) fetching_ = Fetching::to_put_back;
    outbox_may_have_more_ = true;
    if (!paused_until_ || now >= *paused_until_) paused_until_ = now + plan_.pause();  // A burst of refusals is one pause.
}

void Session::link_down(LinkId link, const transport::LinkDown& down, SteadyTime now) {
    if (!is_current(link) || phase_ == Phase::waiting || phase_ == Phase::idle) return;
    const bool is_failure_of_ours = phase_ == Phase::closing && close_reason_;
    ended(is_failure_of_ours ? transport::LinkDown(*close_reason_) : down, now);
}

// The link is gone, whatever the cause: take back what it carried and decide what comes next.
void Session::ended(const transport::LinkDown& down, SteadyTime now) {
    const Ending ending = phase_ == Phase::closing ? ending_ : Ending::failure;
    const auto up_for = up_since_ ? std::chrono::duration_cast<std::chrono::milliseconds>(now - *up_since_) : std::chrono::milliseconds(0);
    if (ending == Ending::failure) (is_accepted_ ? counts_.lost_connections : counts_.failed_attempts).add(down.why.code());
    if (is_accepted_ && ending == Ending::failure) ++disconnects_;
    is_accepted_ = false;
    up_since_.reset();
    if (plan_.is_stable(up_for)) health_.stable();
    flush_settled();
    std::vector<RecordId> unanswered = in_flight_.lose_connection();
    if (phase_ == Phase::closing || !may_be_a_message(down.why.code())) unanswered.clear();
    fetching_ = Fetching::no;
    paused_until_.reset();
    ++link_;  // Whatever still comes for the old link is late.
    actions_.emplace_back(ReleaseAll{std::move(unanswered)});

    if (stopping_ && (ending == Ending::stop || now >= drain_deadline_)) {
        finish();
    } else if (ending == Ending::failure && std::exchange(is_trial_, false)) {
        actions_.emplace_back(TrialEnded{down.why});
        open(now, health_.current());
    } else if (ending == Ending::failure) {
        const bool is_ours = is_echo(down.why.code(), up_for, now);
        wait_after(
            is_ours ? transport::LinkDown(Error{Code::unreachable, "an earlier attempt of this device's own took the session over"}) : down,
            up_for, now);
    } else if (ending == Ending::move) {
        open(now, wants_better_ ? health_.choose(now) : health_.current());
    } else if (!std::exchange(reopened_, true)) {
        open(now, health_.current());
    } else {  // A broker that asks for less every time must not get connections without a delay.
        wait_after({Error{Code::unavailable, "the broker has asked for yet another keep-alive"}}, up_for, now);
    }
}

void Session::wait_after(const transport::LinkDown& down, std::chrono::milliseconds up_for, SteadyTime now) {
    phase_ = Phase::waiting;
    const bool was_redirected = !std::exchange(redirect_, {}).empty();
    const bool was_stable = plan_.is_stable(up_for);
    if (was_stable) redirects_ = 0;
    const bool is_redirected = !down.server_reference.empty() && redirects_ < most_redirects;
    // An endpoint is not to blame for sending us elsewhere, nor for what we meet there.
    if (!was_stable && !is_redirected && !was_redirected) health_.failed(now);
    const bool has_alternative = !was_stable && health_.has_alternative();
    phase_deadline_ = now + plan_.delay_after({down.why.code(), up_for, down.retry_after, has_alternative});
    may_hurry_ = !is_refusal(down.why.code()) && !down.retry_after;
    if (is_redirected) follow(down.server_reference, now);
    if (!stopping_) report(is_refusal(down.why.code()) ? ConnectionState::refused : ConnectionState::waiting, down.why);
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
    if (phase_ == Phase::up) tend(now);
    if (!has_phase_deadline() || now < phase_deadline_) return;
    switch (phase_) {
        case Phase::waiting:
            open(now, health_.choose(now));
            break;
        case Phase::opening:
            give_up(now, "connection request");
            break;
        case Phase::subscribing:
        case Phase::up:
            give_up(now, "subscription");
            break;
        case Phase::closing:
            ended({close_reason_.value_or(Error{Code::stopped, "closed"})}, now);
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
    std::vector<Action> taken;
    take_actions(taken);
    return taken;
}

void Session::take_actions(std::vector<Action>& into) {
    flush_settled();
    into.clear();
    actions_.swap(into);
}

}  // namespace muster::session

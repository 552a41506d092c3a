// SPDX-License-Identifier: Apache-2.0
// One device's session among models of its outbox and its network.
#include "world.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace muster::test {
namespace {

constexpr std::chrono::hours bad_weather{2};
constexpr std::chrono::minutes patience{20};
constexpr milliseconds close_grace{1'000};
// More connections than this within `burst` is a loop: with full jitter from 500 ms on, that has no chance in 10^9.
constexpr std::size_t burst_limit = 12;
constexpr milliseconds burst{5'000};
// After so many failures in a row this much was waited in all: less has a chance of 6 in 10^9, for ceilings of 0.5 s doubling to 30 s.
constexpr unsigned row_limit = 10;
constexpr milliseconds row_least{5'000};

}  // namespace

session::SessionConfig World::honest_config() {
    session::SessionConfig config;
    config.endpoints = 2;
    config.backoff.base = milliseconds(200);
    config.backoff.cap = milliseconds(30'000);
    config.backoff.timeout_cap = milliseconds(60'000);
    config.backoff.first_attempt = milliseconds(1'000);
    config.backoff.refused_floor = milliseconds(20'000);
    config.backoff.refused_cap = milliseconds(60'000);
    config.backoff.min_stable = milliseconds(60'000);
    config.window = 8;
    return config;
}

session::SessionConfig World::config_with(Bug bug) {
    auto config = honest_config();
    if (bug == Bug::ignores_the_window) config.window = 16;
    if (bug == Bug::ignores_the_cap) config.backoff.cap = std::chrono::hours(1);
    if (bug == Bug::ignores_the_floor) config.backoff.refused_floor = milliseconds(0);
    if (bug == Bug::never_starts_over) config.backoff.min_stable = std::chrono::hours(24);
    if (bug == Bug::reconnects_without_delay) config.backoff.base = config.backoff.cap = config.backoff.first_attempt = milliseconds(0);
    return config;
}

World::World(std::uint64_t seed, Bug bug)
    : bug_(bug),
      timeline_(seed),
      session_random_(seed + 1'000'000),
      session_(config_with(bug), session_random_),
      network_(timeline_, judge_, bug, honest_config().window,
               {[this](auto link, const auto& up) { session_.link_up(link, up, timeline_.now()); },
                [this](auto link, const auto& why) { session_.link_down(link, why, timeline_.now()); },
                [this](auto link, auto id, const auto& outcome) {
                    const bool is_for_good = bug_ == Bug::drops_when_busy && !outcome;
                    session_.sent(bug_ == Bug::believes_late_answers ? link_ : link, id,
                                  is_for_good ? Result<void>(Error{Code::rejected, "busy"}) : outcome, timeline_.now());
                },
                [this](auto link, const auto& outcomes) { session_.subscribed(link, outcomes, timeline_.now()); }}),
      outbox_(
          timeline_, judge_, bug, [this](auto id) { return network_.is_acknowledged(id); },
          [this](auto id) { return network_.may_reject(id) || large_.count(id) != 0; }) {}

std::optional<std::string> World::run() {
    network_.want("commands/#");
    session_.subscribe("commands/#", Qos::at_least_once, timeline_.now());
    session_.start(timeline_.now());
    perform();
    publish_later();
    subscribe_later();
    try_candidate_later();
    const bool stops_in_bad_weather = timeline_.happens(40);
    const auto lasts = std::chrono::duration_cast<milliseconds>(bad_weather);
    run_until(timeline_.now() + (stops_in_bad_weather ? timeline_.draw_ms(static_cast<std::uint64_t>(lasts.count())) : lasts));
    is_quiet_ = true;
    if (stops_in_bad_weather) {
        publish(timeline_.draw(40));
        stop_and_wait(timeline_.draw_ms(10'000));
    } else if (timeline_.happens(50)) {
        heal_and_wait();
    } else {
        network_.heal();
        stop_and_wait(patience);
        judge_.require(outbox_.is_drained(), "a stop with time enough left something behind");
    }
    return judge_.verdict();
}

void World::publish(std::uint64_t count) {
    for (; count > 0; --count) {
        const bool is_large = timeline_.happens(5);
        outbox_.accept("t" + std::to_string(timeline_.draw(2)), std::string(is_large ? 95 : 8, 'x'));
        if (is_large) large_.insert(outbox_.accepted());
    }
    session_.records_available(timeline_.now());
}

void World::publish_later() {
    // Mostly one now and then; sometimes more than fits into the window.
    timeline_.later(timeline_.draw_ms(20'000), [this] {
        if (is_quiet_) return;
        publish(timeline_.happens(5) ? timeline_.draw(40) : 1);
        publish_later();
    });
}

void World::subscribe_later() {
    timeline_.later(timeline_.draw_ms(3'000'000), [this] {
        if (is_quiet_) return;
        const auto filter = "f" + std::to_string(timeline_.draw(5));
        network_.want(filter);
        session_.subscribe(filter, Qos::at_least_once, timeline_.now());
        subscribe_later();
    });
}

void World::try_candidate_later() {
    timeline_.later(timeline_.draw_ms(3'000'000), [this] {
        if (is_quiet_) return;
        session_.try_candidate(timeline_.now());
        try_candidate_later();
    });
}

void World::run_until(base::SteadyTime end) {
    while (!judge_.verdict() && timeline_.now() < end) step();
}

void World::heal_and_wait() {
    network_.heal();
    const auto end = timeline_.now() + patience;
    while (!judge_.verdict() && !outbox_.is_drained() && timeline_.now() < end) step();
    judge_.require(outbox_.is_drained(), "something accepted was not delivered after the network healed");
}

void World::stop_and_wait(milliseconds time) {
    const auto deadline = timeline_.now() + time;
    is_stopping_ = true;
    session_.stop(timeline_.now(), bug_ == Bug::ignores_the_stop ? deadline + patience : deadline, !outbox_.is_drained());
    perform();
    while (!judge_.verdict() && !is_stopped_) {
        step();
        judge_.require(timeline_.now() <= deadline + close_grace, "a stop lasts longer than its deadline and a second");
    }
    // What is still on its way changes nothing, and the storage thread ends what it has.
    for (int i = 0; i < 100 && !judge_.verdict(); ++i) {
        timeline_.advance(timeline_.now() + std::chrono::seconds(1));
        session_.tick(timeline_.now());
        outbox_.check();
        judge_.require(session_.take_actions().empty() && !session_.next_deadline(), "a stopped session wants something");
    }
}

void World::step() {
    const auto before = timeline_.now();
    timeline_.advance(session_.next_deadline());
    steps_at_this_moment_ = timeline_.now() > before ? 0 : steps_at_this_moment_ + 1;
    judge_.require(steps_at_this_moment_ < 1'000, "it is busy without time passing");
    session_.tick(timeline_.now());
    perform();
    outbox_.check();
    for (const auto id : network_.on_wire())
        judge_.require(outbox_.is_taken(id), "something is in flight that the outbox does not know to be");
    if (session_.is_up() && !connected_since_) connected_since_ = timeline_.now();
}

void World::perform() {
    for (auto& action : session_.take_actions()) std::visit([this](auto& what) { carry_out(what); }, action);
}

void World::carry_out(const session::OpenLink& action) {
    link_ = action.link;
    const auto now = timeline_.now();
    opens_.push_back(now);
    while (opens_.front() + burst < now) opens_.pop_front();
    judge_.require(opens_.size() <= burst_limit, "it connects again and again without a delay");
    connected_since_.reset();
    if (action.is_trial) on_trial_ = action.link;
    // Another credential is worth an attempt at once; the delay that it cuts short counts as waited.
    if (action.is_trial && ended_at_) {
        ++failures_;
        waited_ += row_least;
        ended_at_.reset();
    }
    check_delay_before_open();
    network_.open(action);
}

void World::check_delay_before_open() {
    if (!ended_at_) return;
    const auto backoff = honest_config().backoff;
    const auto delay = std::chrono::duration_cast<milliseconds>(timeline_.now() - *ended_at_);
    // What may be one endpoint's own fault is tried elsewhere at once.
    const bool may_be_its_own = ended_why_ == Code::tls || ended_why_ == Code::rejected;
    const auto floor = session::is_refusal(ended_why_) && !may_be_its_own ? backoff.refused_floor : milliseconds(0);
    judge_.require(delay >= floor, "a refusal is retried sooner than its floor");
    judge_.require(delay <= longest_delay(backoff), "a delay is longer than its cause allows");
    waited_ += delay - floor;
    ++failures_;
    judge_.require(failures_ < row_limit || waited_ >= row_least, "it connects again and again with next to no delay");
    ended_at_.reset();
}

milliseconds World::longest_delay(const BackoffConfig& backoff) const {
    if (session::is_refusal(ended_why_)) return backoff.refused_cap;
    if (ended_why_ == Code::timeout) return std::max(backoff.cap, backoff.timeout_cap);
    // No more failures of this kind than of all kinds.
    double grown = static_cast<double>(std::max(backoff.base, backoff.first_attempt).count());
    for (unsigned i = 0; i < failures_; ++i) grown *= 1.5;
    return std::min(std::max(backoff.cap, backoff.first_attempt), milliseconds(static_cast<std::int64_t>(std::min(grown, 1e9))));
}

void World::reset_row() {
    failures_ = 0;
    waited_ = milliseconds(0);
}

void World::note_end(Code why) {
    const auto now = timeline_.now();
    if (connected_since_ && now - *connected_since_ >= honest_config().backoff.min_stable) reset_row();
    connected_since_.reset();
    ended_at_ = now;
    ended_why_ = why;
}

void World::carry_out(const session::TrialEnded& action) {
    judge_.require(on_trial_ == link_, "a trial ends that is not under way");
    judge_.require(action.why.has_value() != session_.is_up(), "a trial is good without a connection, or bad with one");
    on_trial_.reset();
    ++trials_;
}

void World::carry_out(const session::Report& action) {
    if (action.state == ConnectionState::connected && !connected_since_) connected_since_ = timeline_.now();
    if (action.state == ConnectionState::waiting || action.state == ConnectionState::refused) {
        judge_.require(action.why.has_value(), "a wait is reported without its reason");
        note_end(action.why ? action.why->code() : Code::internal);
    }
    judge_.require(!is_stopping_ || action.state == ConnectionState::draining || action.state == ConnectionState::stopped,
                   "a stopping session reports something else");
}

void World::carry_out(const session::Subscribe& action) {
    network_.subscribe(action);
    if (bug_ == Bug::sends_before_subscribed) {
        session_.subscribed(action.link, std::vector<Result<void>>(action.subscriptions.size()), timeline_.now());
        perform();
    }
}

void World::carry_out(const session::Send& action) {
    network_.send(action);
    if (bug_ == Bug::settles_when_sent) outbox_.settle({action.record.id});
}

void World::carry_out(const session::Fetch& action) {
    outbox_.fetch(action, [this](auto link, auto records) {
        session_.records(bug_ == Bug::believes_late_records ? link_ : link, std::move(records), timeline_.now());
    });
}

void World::carry_out(const session::Settle& action) {
    if (bug_ != Bug::settles_when_sent) outbox_.settle(action.ids);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// A network and its brokers that behave as badly as real ones may.
#include "model_network.hpp"

#include <algorithm>
#include <utility>

namespace muster::test {

void ModelNetwork::open(const session::OpenLink& action) {
    judge_.require(!link_ || link_->is_down || link_->is_asked_to_close, "two links are open at once");
    link_ = std::make_shared<Link>();
    link_->id = action.link;
    link_->unanswered = wanted_;
    const bool is_silent = !is_healed_ && timeline_.happens(8);
    if (is_silent) return;  // Until it is closed.
    const bool connects = is_healed_ || !timeline_.happens(35);
    timeline_.later(timeline_.draw_ms(3'000), [this, link = link_, action, connects] {
        if (link->is_down || link->is_asked_to_close) return;
        if (!connects) return tell_down(link, why_it_fails());
        link->is_up = true;
        link->up = describe_broker(action.endpoint, action.keep_alive);
        if (!is_healed_) fail_some_time(link);
        events_.up(link->id, link->up);
    });
}

transport::LinkUp ModelNetwork::describe_broker(std::size_t endpoint, std::chrono::seconds keep_alive) {
    transport::LinkUp up;
    if (timeline_.happens(50)) up.receive_maximum = static_cast<std::uint16_t>(1 + timeline_.draw(5));
    if (!is_healed_ && timeline_.happens(10)) up.maximum_packet_size = 100;
    if (endpoint == 1) up.server_keep_alive = std::chrono::seconds(30);
    // One that asks for less every time.
    if (!is_healed_ && timeline_.happens(3)) up.server_keep_alive = std::max(std::chrono::seconds(1), keep_alive - std::chrono::seconds(1));
    return up;
}

Code ModelNetwork::why_it_fails() {
    constexpr Code causes[] = {Code::unreachable, Code::unreachable, Code::unreachable, Code::timeout,  Code::unavailable,
                               Code::denied,      Code::tls,         Code::expired,     Code::rejected, Code::taken_over};
    return causes[timeline_.draw(9)];
}

// The connection is cut at some time, at once or after hours; that it is shows only later.
void ModelNetwork::fail_some_time(const LinkPtr& link) {
    const auto lasts = timeline_.happens(20) ? timeline_.draw_ms(100) : timeline_.draw_ms(timeline_.happens(80) ? 150'000 : 2'000'000);
    timeline_.later(lasts, [this, link] {
        link->is_cut = true;
        const auto why = timeline_.happens(80) ? Code::unreachable : Code::taken_over;
        timeline_.later(timeline_.draw_ms(timeline_.happens(50) ? 100 : 20'000), [this, link, why] { tell_down(link, why); });
    });
}

void ModelNetwork::tell_down(const LinkPtr& link, Code why) {
    if (std::exchange(link->is_down, true)) return;
    link->is_cut = true;
    events_.down(link->id, Error{why, "lost"});
    // What threads of the transport had posted already.
    if (timeline_.happens(10)) timeline_.later(timeline_.draw_ms(5'000), [this, link] { events_.up(link->id, link->up); });
    if (timeline_.happens(10))
        timeline_.later(timeline_.draw_ms(5'000), [this, link] { events_.down(link->id, Error{Code::tls, "late"}); });
    if (timeline_.happens(10)) timeline_.later(timeline_.draw_ms(5'000), [this, link] { events_.subscribed(link->id, {{}}); });
}

void ModelNetwork::close(transport::LinkId id) {
    judge_.require(link_ && link_->id == id && !link_->is_down, "a link is closed that is not open");
    if (bug_ == Bug::forgets_to_close) return;
    link_->is_asked_to_close = true;
    // A transport that takes its time is not waited for.
    timeline_.later(timeline_.draw_ms(timeline_.happens(10) ? 5'000 : 500), [this, link = link_] { tell_down(link, Code::stopped); });
}

void ModelNetwork::subscribe(const session::Subscribe& action) {
    judge_.require(link_ && link_->id == action.link && link_->is_up && !link_->is_asked_to_close, "subscribed on a link that is not up");
    judge_.require(!std::exchange(link_->is_request_outstanding, true), "two subscription requests are outstanding at once");
    if (!is_healed_ && timeline_.happens(5)) return;  // Never answered.
    timeline_.later(timeline_.draw_ms(300), [this, link = link_, action] {
        if (link->is_cut || link->is_asked_to_close) return;
        link->is_request_outstanding = false;
        std::vector<Result<void>> outcomes;
        for (const auto& subscription : action.subscriptions) {
            link->unanswered.erase(subscription.filter);
            outcomes.push_back(timeline_.happens(10) ? Result<void>(Error{Code::denied, "no"}) : Result<void>());
        }
        events_.subscribed(link->id, outcomes);
    });
}

void ModelNetwork::send(const session::Send& action) {
    const auto& record = action.record;
    judge_.require(link_ && link_->id == action.link && link_->is_up && !link_->is_asked_to_close,
                   "something was sent on a link that is not up");
    judge_.require(link_->unanswered.empty(), "something was sent before the subscriptions were answered");
    judge_.require(link_->on_wire.insert(record.id).second, "something is in flight twice");
    judge_.require(link_->on_wire.size() <= std::min<std::size_t>(window_, link_->up.receive_maximum), "the window is exceeded");
    judge_.require(record.bytes() + 10 <= link_->up.maximum_packet_size, "something was sent that is larger than the broker takes");
    judge_.require(refused_.count(record.id) == 0, "something was sent again that was refused for good");
    for (const auto id : link_->refused_for_now) may_overtake_[id].insert(record.id);
    // A stream: what is sent first arrives first.
    link_->last_arrival = std::max(link_->last_arrival, timeline_.now() + timeline_.draw_ms(200));
    timeline_.at(link_->last_arrival, [this, link = link_, record] { arrive(link, record); });
}

void ModelNetwork::arrive(const LinkPtr& link, const outbox::Record& record) {
    if (link->is_cut) return;
    Result<void> outcome;
    if (!is_healed_ && timeline_.happens(2)) {
        outcome = Error{Code::unavailable, "quota exceeded"};
        ++refusals_for_now_;
        may_overtake_[record.id].insert(link->on_wire.begin(), link->on_wire.end());
        link->refused_for_now.insert(record.id);
    } else if (record.id % 97 == 0) {  // Always the same ones, or a lost answer would change the verdict.
        outcome = Error{Code::denied, "not authorised"};
    } else {
        deliver(record);
    }
    // Answers come in any order; a cut connection swallows them, or they come when it is known to be down.
    timeline_.later(timeline_.draw_ms(timeline_.happens(8) ? 10'000 : 300), [this, link, id = record.id, outcome] {
        const bool is_swallowed = link->is_cut && !link->is_down;
        if (!is_swallowed) answer(link, id, outcome);
    });
}

void ModelNetwork::deliver(const outbox::Record& record) {
    auto& delivered = delivered_[record.message.topic];
    if (!delivered.insert(record.id).second) return;  // A duplicate.
    const auto& allowed = may_overtake_[record.id];
    for (auto later = delivered.upper_bound(record.id); later != delivered.end(); ++later) {
        judge_.require(allowed.count(*later) != 0, "a first delivery is out of its topic's order");
    }
}

void ModelNetwork::answer(const LinkPtr& link, outbox::RecordId id, const Result<void>& outcome) {
    // A late answer tells the session nothing, so it counts for nothing.
    if (!link->is_down) {
        link->on_wire.erase(id);
        if (outcome) {
            acknowledged_.insert(id);
        } else if (outcome.error().code() == Code::unavailable) {
            link->refused_for_now.erase(id);
        } else {
            refused_.insert(id);
        }
    }
    events_.sent(link->id, id, outcome);
}

}  // namespace muster::test

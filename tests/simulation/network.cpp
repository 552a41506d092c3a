// SPDX-License-Identifier: Apache-2.0
// Connections between devices and brokers.
#include "network.hpp"

#include "broker.hpp"

#include <algorithm>
#include <utility>

namespace muster::test {
namespace {

constexpr milliseconds round_trip{200};
// How long before a cut connection is noticed, as a multiple of its keep-alive.
constexpr int noticed_after = 2;
// What a packet has beside topic and payload, at least.
constexpr std::size_t packet_overhead = 10;

}  // namespace

void Network::open(const LinkPtr& link) {
    world_.note(link->device, "opens link", link->number);
    if (is_bad(climate_.silent_attempts)) return;  // Until it is given up.
    const bool connects = !is_bad(climate_.failed_attempts);
    world_.timeline.later(world_.chance.up_to(round_trip), [this, link, connects] { dialled(link, connects); });
}

void Network::dialled(const LinkPtr& link, bool connects) {
    if (link->is_over()) return;
    if (!connects) return tell_down(link, {why_it_fails()});
    if (offline_.count(link->device) != 0 || !broker_.is_there(link->endpoint)) return tell_down(link, {Code::unreachable});
    broker_.connect(link, *this);
}

Code Network::why_it_fails() {
    constexpr Code causes[] = {Code::unreachable, Code::unreachable, Code::unreachable, Code::timeout, Code::unavailable,
                               Code::denied,      Code::tls,         Code::expired,     Code::rejected};
    return causes[world_.chance.draw(std::size(causes) - 1)];
}

void Network::welcome(const LinkPtr& link, const Welcome& welcome) {
    world_.timeline.later(world_.chance.up_to(round_trip), [this, link, welcome] {
        if (link->is_over()) return;
        world_.note(link->device, "is up", link->number);
        link->is_up = true;
        link->welcome = welcome;
        if (!is_healed_) fail_some_time(link);
        if (const auto port = link->port.lock()) port->up(link->number, welcome);
    });
}

void Network::turn_away(const LinkPtr& link, const Parting& parting) {
    link->is_cut = true;
    world_.timeline.later(world_.chance.up_to(round_trip), [this, link, parting] { tell_down(link, parting); });
}

// A connection is cut at some time, at once or after hours; that it is shows at once, or when the keep-alive has found out.
void Network::fail_some_time(const LinkPtr& link) {
    const bool is_early = world_.chance.happens(15);
    const auto lasts = is_early ? world_.chance.up_to(milliseconds(100)) : world_.chance.around(climate_.link_lasts);
    world_.timeline.later(lasts, [this, link] {
        if (is_healed_ || link->is_over()) return;
        link->is_cut = true;
        world_.note(link->device, "is cut off", link->number);
        const bool is_half_open = world_.chance.happens(40);
        const auto noticed = is_half_open ? world_.chance.up_to(noticed_after * link->keep_alive) : world_.chance.up_to(round_trip);
        world_.timeline.later(noticed, [this, link] { tell_down(link, {Code::unreachable}); });
    });
}

void Network::tell_down(const LinkPtr& link, const Parting& parting) {
    if (std::exchange(link->is_down, true)) return;
    link->is_cut = true;
    broker_.lost(link);
    const auto port = link->port.lock();
    if (!port) return;
    world_.note(link->device, "is down", static_cast<std::uint64_t>(parting.why));
    port->down(link->number, parting);
    if (world_.chance.happens(10)) tell_late(link);
}

// What threads of the transport had posted already.
void Network::tell_late(const LinkPtr& link) {
    const auto later = [this, link](auto what) {
        world_.timeline.later(world_.chance.up_to(milliseconds(5'000)), [link, what] {
            if (const auto port = link->port.lock()) what(*port);
        });
    };
    later([link](Port& port) { port.up(link->number, link->welcome); });
    later([link](Port& port) { port.down(link->number, {Code::tls}); });
    later([link](Port& port) { port.subscribed(link->number, {{}}); });
}

void Network::close(const LinkPtr& link) {
    world_.require(!link->is_down && !link->is_asked_to_close, Promise::link, link->device, "a link is closed that is not open");
    link->is_asked_to_close = true;
    // A transport that takes its time is not waited for.
    const auto takes = world_.chance.up_to(milliseconds(world_.chance.happens(10) ? 5'000 : 500));
    world_.timeline.later(takes, [this, link] { tell_down(link, {Code::stopped}); });
}

void Network::abandon(const LinkPtr& link, bool says_so) {
    link->port.reset();
    link->is_cut = true;
    if (says_so) broker_.lost(link);
}

void Network::subscribe(const LinkPtr& link, const std::vector<std::string>& filters) {
    world_.require(link->is_up && !link->is_asked_to_close && !link->is_down, Promise::link, link->device,
                   "subscribed on a link that is not up");
    world_.require(!std::exchange(link->is_request_outstanding, true), Promise::link, link->device,
                   "two subscription requests are outstanding at once");
    if (is_bad(climate_.silent_subscribe)) return;  // Never answered.
    world_.timeline.later(world_.chance.up_to(2 * round_trip), [this, link, filters] {
        if (link->is_over()) return;
        link->is_request_outstanding = false;
        std::vector<Result<void>> outcomes;
        for (const auto& filter : filters) {
            link->unanswered.erase(filter);
            outcomes.push_back(is_bad(climate_.refused_subscribe) ? Result<void>(Error{Code::denied, "no"}) : Result<void>());
        }
        if (const auto port = link->port.lock()) port->subscribed(link->number, outcomes);
    });
}

void Network::send(const LinkPtr& link, const Publication& publication) {
    const auto require = [&](bool holds, Promise promise, const char* words) { world_.require(holds, promise, link->device, words); };
    require(link->is_up && !link->is_asked_to_close && !link->is_down, Promise::link, "something was sent on a link that is not up");
    require(link->unanswered.empty(), Promise::subscribe_first, "something was sent before the subscriptions were answered");
    require(link->in_flight.insert(publication.id).second, Promise::window, "something is in flight twice");
    require(link->in_flight.size() <= std::min<std::size_t>(link->window, link->welcome.receive_maximum), Promise::window,
            "more is in flight than the window allows");
    require(publication.bytes + packet_overhead <= link->welcome.maximum_packet_size, Promise::window,
            "something was sent that is larger than the broker takes");
    const bool is_too_soon = link->busy_since && world_.now() < *link->busy_since + link->least_pause;
    require(!is_too_soon, Promise::backoff, "a busy broker is sent more at once");
    link->busy_since.reset();
    link->ledger->sent(publication.ticket);
    world_.note(link->device, "sends", publication.ticket);
    for (const auto ticket : link->sent_back) link->ledger->may_overtake(ticket, publication.ticket);
    link->on_wire.insert(publication.ticket);
    // A stream: what is sent first arrives first.
    const auto stall = is_bad(climate_.stalls) ? world_.chance.up_to(milliseconds(20'000)) : milliseconds(0);
    link->last_arrival = std::max(link->last_arrival, world_.now() + world_.chance.up_to(round_trip)) + stall;
    world_.timeline.at(link->last_arrival, [this, link, publication] { arrive(link, publication); });
}

void Network::arrive(const LinkPtr& link, const Publication& publication) {
    if (link->is_cut) return;
    world_.note(link->device, "has reached the broker with", publication.ticket);
    Result<void> outcome;
    if (is_bad(climate_.busy)) {
        outcome = Error{Code::unavailable, "quota exceeded"};
        ++refused_for_now_;
        for (const auto other : link->on_wire) link->ledger->may_overtake(publication.ticket, other);
        link->sent_back.insert(publication.ticket);
    } else if (publication.ticket % 97 == 0) {  // Always the same ones, or a lost answer would change the verdict.
        outcome = Error{Code::denied, "not authorised"};
    } else {
        link->ledger->received(publication.ticket);
    }
    // Answers may come in any order; a cut connection swallows them, or they come when it is known to be down.
    const auto takes = world_.chance.up_to(is_bad(5) ? milliseconds(10'000) : round_trip);
    world_.timeline.later(takes, [this, link, publication, outcome] {
        if (!link->is_cut || link->is_down) answer(link, publication, outcome);
    });
}

void Network::answer(const LinkPtr& link, const Publication& publication, const Result<void>& outcome) {
    const auto port = link->port.lock();
    if (!port) return;
    world_.note(link->device, outcome ? "is acknowledged" : "is refused", publication.ticket);
    // A late answer tells the session nothing, so it counts for nothing.
    if (!link->is_down && port->hears(link->number)) {
        link->in_flight.erase(publication.id);
        link->on_wire.erase(publication.ticket);
        const bool is_for_now = !outcome && outcome.error().code() == Code::unavailable;
        if (is_for_now) {
            link->sent_back.erase(publication.ticket);
            // A burst of refusals is one pause.
            if (!link->busy_since) link->busy_since = world_.now();
        }
        link->ledger->answered(publication.ticket, outcome.ok(), !outcome && !is_for_now);
    }
    port->answered(link->number, publication.id, publication.ticket, outcome);
}

void Network::set_offline(std::size_t device, bool is_offline) {
    if (is_offline) {
        offline_.insert(device);
    } else {
        offline_.erase(device);
    }
}

}  // namespace muster::test

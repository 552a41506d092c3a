// SPDX-License-Identifier: Apache-2.0
// From the shards to the control thread.
#include "admin/event_feed.hpp"

#include <optional>
#include <utility>

namespace muster::testbroker::admin {
namespace {

constexpr std::size_t ring_capacity = 4'096;  // A storm of connects is told whole if the control thread runs every 100 ms.
// What clients say of themselves is told no further than this: a full ring must not hold their 64 KiB each.
constexpr std::size_t max_text = 256;

std::string_view clip(std::string_view text) {
    return text.substr(0, max_text);
}

void count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
    counter.fetch_add(by, std::memory_order_relaxed);
}

template <std::size_t size>
void copy(const std::array<std::atomic<std::uint64_t>, size>& from, std::array<std::uint64_t, size>& to) {
    for (std::size_t i = 0; i < size; ++i) to.at(i) = from.at(i).load(std::memory_order_relaxed);
}

}  // namespace

EventFeed::EventFeed(const base::Clock& clock, std::function<void()> on_first)
    : clock_(clock), on_first_(std::move(on_first)), ring_(ring_capacity) {}

Event EventFeed::event_of(EventKind kind, const core::ClientName& client) {
    Event event;
    event.kind = kind;
    event.tenant = clip(client.tenant);
    event.client_id = clip(client.client_id);
    event.role = client.role;
    event.connection = client.connection;
    return event;
}

void EventFeed::connected(const core::ConnectedEvent& told) {
    Event event = event_of(EventKind::connected, told.client);
    event.version = told.version;
    event.session_present = told.session_present;
    add(std::move(event));
}

void EventFeed::disconnected(const core::DisconnectedEvent& told) {
    count(disconnected_.at(static_cast<std::size_t>(told.reason)));
    count(ended_by_.at(static_cast<std::size_t>(told.by)));
    Event event = event_of(EventKind::disconnected, told.client);
    event.reason = told.reason;
    event.by = told.by;
    event.text = clip(told.why);
    add(std::move(event));
}

void EventFeed::refused(const core::RefusedEvent& told) {
    count(refused_.at(static_cast<std::size_t>(told.reason)));
    Event event;
    event.kind = EventKind::refused;
    event.tenant = clip(told.tenant);
    event.client_id = clip(told.client_id);
    event.connection = told.connection;
    event.reason = told.reason;
    event.text = clip(told.why);
    add(std::move(event));
}

void EventFeed::malformed(core::ConnectionId connection, wire::ReasonCode reason, std::string_view why) {
    Event event;
    event.kind = EventKind::malformed;
    event.connection = connection;
    event.reason = reason;
    event.text = clip(why);
    add(std::move(event));
}

void EventFeed::connect_timed_out(core::ConnectionId connection) {
    count(connect_timed_out_);
    Event event;
    event.kind = EventKind::connect_timed_out;
    event.connection = connection;
    add(std::move(event));
}

void EventFeed::dropped(const core::ClientName& client, core::DropReason reason, std::size_t messages) {
    count(dropped_.at(static_cast<std::size_t>(reason)), messages);
    if (drops_.try_add(client, reason, messages)) return;
    Event event = event_of(EventKind::dropped, client);
    event.drop = reason;
    event.count = messages;
    add(std::move(event));
}

void EventFeed::publish_refused(const core::ClientName& client, wire::ReasonCode reason) {
    count(publishes_refused_.at(static_cast<std::size_t>(reason)));
    if (refusals_.try_add(client, reason, 1)) return;
    Event event = event_of(EventKind::publish_refused, client);
    event.reason = reason;
    event.count = 1;
    add(std::move(event));
}

void EventFeed::will_published(const core::ClientName& client, std::string_view topic) {
    count(wills_published_);
    Event event = event_of(EventKind::will_published, client);
    event.text = clip(topic);
    add(std::move(event));
}

void EventFeed::session_ended(const core::ClientName& client) {
    add(event_of(EventKind::session_ended, client));
}

void EventFeed::add(Event event) {
    event.time = clock_.wall_now();
    if (!ring_.push(std::move(event))) {
        count(untold_);
        count(lost_);
    }
    if (!is_announced_.exchange(true)) on_first_();
}

std::vector<Event> EventFeed::take() {
    is_announced_ = false;  // First: what comes from now on is announced again.
    std::vector<Event> events;
    while (auto event = ring_.pop()) events.push_back(std::move(*event));
    if (const std::uint64_t untold = untold_.exchange(0); untold > 0) {
        Event gap;
        gap.kind = EventKind::gap;
        gap.time = clock_.wall_now();
        gap.count = untold;
        gap.text = "more happened than could be told";
        events.push_back(std::move(gap));
    }
    return events;
}

std::vector<Event> EventFeed::take_sums() {
    std::vector<Event> events;
    for (auto& drops : drops_.take()) {
        Event& event = events.emplace_back(event_of(EventKind::dropped, {0, drops.tenant, drops.client_id, drops.role}));
        event.time = clock_.wall_now();
        event.drop = drops.reason;
        event.count = drops.count;
    }
    for (auto& refusals : refusals_.take()) {
        Event& event = events.emplace_back(event_of(EventKind::publish_refused, {0, refusals.tenant, refusals.client_id, refusals.role}));
        event.time = clock_.wall_now();
        event.reason = refusals.reason;
        event.count = refusals.count;
    }
    return events;
}

EventCounts EventFeed::counts() const {
    EventCounts counts;
    copy(refused_, counts.refused);
    copy(disconnected_, counts.disconnected);
    copy(ended_by_, counts.ended_by);
    copy(dropped_, counts.dropped);
    copy(publishes_refused_, counts.publishes_refused);
    counts.connect_timed_out = connect_timed_out_.load(std::memory_order_relaxed);
    counts.wills_published = wills_published_.load(std::memory_order_relaxed);
    counts.events_lost = lost_.load(std::memory_order_relaxed);
    return counts;
}

}  // namespace muster::testbroker::admin

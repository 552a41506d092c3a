// SPDX-License-Identifier: Apache-2.0
// What a running broker tells of itself: events, and figures for Prometheus.
#include "broker/broker_impl.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>

namespace muster::testbroker {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kept_events = 4'096;  // For readers that come back with a Last-Event-ID.
constexpr std::chrono::milliseconds events_every{10};
constexpr std::chrono::seconds drops_every{1};

void add(core::Counters& sum, const core::Counters& shard) {
    sum.connections += shard.connections;
    sum.refused += shard.refused;
    sum.malformed += shard.malformed;
    sum.messages_in += shard.messages_in;
    sum.over_client_rate += shard.over_client_rate;
    sum.over_tenant_rate += shard.over_tenant_rate;
    sum.over_retained += shard.over_retained;
    sum.over_memory += shard.over_memory;
    sum.denied += shard.denied;
    sum.deliveries.sent += shard.deliveries.sent;
    sum.deliveries.queue_full += shard.deliveries.queue_full;
    sum.deliveries.bytes_full += shard.deliveries.bytes_full;
    sum.deliveries.congested += shard.deliveries.congested;
    sum.deliveries.expired += shard.deliveries.expired;
    sum.deliveries.too_large += shard.deliveries.too_large;
}

void add(admin::NetCounters& sum, const net::NetCounters& shard) {
    sum.accepted += shard.accepted;
    sum.handshakes_full += shard.handshakes_full;
    sum.handshakes_resumed += shard.handshakes_resumed;
    sum.handshakes_failed += shard.handshakes_failed;
    sum.late += shard.late;
    sum.turned_away += shard.turned_away;
    sum.packets_in += shard.packets_in;
    sum.packets_out += shard.packets_out;
    sum.bytes_in += shard.bytes_in;
    sum.bytes_out += shard.bytes_out;
    sum.bytes_unwritten += shard.bytes_unwritten;
}

}  // namespace

Broker::Impl::Impl(BrokerConfig config)
    : config_(std::move(config)), events_(kept_events), event_feed_(clock_, [this] { asio::post(io_, [this] { gather_events(); }); }) {}

void Broker::Impl::open_events() {
    est_->set_on_issued([this](const std::string& tenant, const std::string& device, const std::string& serial) {
        admin::Event event;
        event.kind = admin::EventKind::enrolled;
        event.tenant = tenant;
        event.client_id = device;
        event.text = serial;
        event_feed_.add(std::move(event));
    });
    events_timer_.emplace(io_);
    drops_timer_.emplace(io_);
    tell_drops();
}

net::OnStranger Broker::Impl::stranger_at(std::string_view place) {
    std::uint64_t& count = strangers_[std::string(place)];
    return [this, &count, place = std::string(place)](const char* what) {
        ++count;
        admin::Event event;
        event.kind = admin::EventKind::malformed;
        event.text = "at " + place + ": " + what;
        event_feed_.add(std::move(event));
    };
}

void Broker::Impl::close_events() {
    drops_timer_.reset();
    events_timer_.reset();
    tell_events();
}

// To wake this thread for each of a thousand connects a second would cost the shards more than the connects.
void Broker::Impl::gather_events() {
    if (!events_timer_) return tell_events();
    events_timer_->expires_after(events_every);
    events_timer_->async_wait([this](boost::system::error_code error) {
        if (!error) tell_events();
    });
}

void Broker::Impl::tell_events() {
    for (auto& event : event_feed_.take()) tell(std::move(event));
}

void Broker::Impl::tell_drops() {
    faults_->tidy();
    for (auto& event : event_feed_.take_sums()) tell(std::move(event));
    drops_timer_->expires_after(drops_every);
    drops_timer_->async_wait([this](boost::system::error_code error) {
        if (!error && drops_timer_) tell_drops();  // It may have been due when it was reset.
    });
}

void Broker::Impl::tell(admin::Event event) {
    event.id = events_.next_id();
    if (config_.on_event) config_.on_event({name_of(event.kind), to_json(event), to_line(event)});
    events_.append(std::move(event));
}

admin::Figures Broker::Impl::measure() {
    admin::Figures figures;
    network_->visit([&figures](net::Shard& shard) {
        add(figures.core, shard.core().counters());
        figures.census += shard.core().census();
        add(figures.net, shard.counters());
        for (auto& tenant : shard.core().figures()) figures.tenants.push_back(std::move(tenant));
    });
    figures.uptime = std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - started_);
    figures.events = event_feed_.counts();
    figures.strangers = strangers_;
    figures.memory = memory_.used();
    figures.max_memory = memory_.bytes();
    figures.certificates_issued = est_->certificates_issued();
    return figures;
}

}  // namespace muster::testbroker

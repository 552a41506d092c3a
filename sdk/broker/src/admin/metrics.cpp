// SPDX-License-Identifier: Apache-2.0
// The broker's figures as metric families; prometheus-cpp writes them.
#include "admin/metrics.hpp"

#include "wire/reasons.hpp"

#include <muster/version.hpp>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstddef>
#include <string_view>
#include <utility>

namespace muster::testbroker::admin {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

/// Collects families; the last one begun takes the values. Threads: one.
class Exposition {
public:
    Exposition& counter(const char* name, const char* help) { return begin(name, help, MetricType::Counter); }
    Exposition& gauge(const char* name, const char* help) { return begin(name, help, MetricType::Gauge); }
    Exposition& value(double number, Labels labels = {}) {
        ClientMetric& metric = families_.back().metric.emplace_back();
        metric.label = std::move(labels);
        metric.counter.value = number;
        metric.gauge.value = number;
        return *this;
    }
    Exposition& value(std::uint64_t number, Labels labels = {}) { return value(static_cast<double>(number), std::move(labels)); }
    [[nodiscard]] std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

private:
    Exposition& begin(const char* name, const char* help, MetricType type) {
        families_.push_back({name, help, type, {}});
        return *this;
    }
    std::vector<MetricFamily> families_;
};

Labels label(const char* name, std::string_view value) {
    return {{name, std::string(value)}};
}

void add_reasons(Exposition& out, const std::array<std::uint64_t, 256>& counts) {
    for (std::size_t code = 0; code < counts.size(); ++code) {
        if (counts.at(code) > 0) out.value(counts.at(code), label("reason", wire::name_of(static_cast<wire::ReasonCode>(code))));
    }
}

void add_messages(Exposition& out, const Figures& figures) {
    const auto& deliveries = figures.core.deliveries;
    out.counter("muster_messages_in_total", "PUBLISH packets accepted, each message once.").value(figures.core.messages_in);
    out.counter("muster_messages_out_total", "Messages sent to subscribers, first deliveries only.").value(deliveries.sent);
    out.counter("muster_messages_dropped_total", "Messages not delivered to one subscriber, by reason.");
    for (std::size_t i = 0; i < figures.events.dropped.size(); ++i)
        out.value(figures.events.dropped.at(i), label("reason", name_of(static_cast<core::DropReason>(i))));
    out.counter("muster_publishes_refused_total", "PUBLISH packets not accepted, by reason.");
    add_reasons(out, figures.events.publishes_refused);
    out.gauge("muster_memory_bytes", "What waits in the broker: queued, in flight, retained, wills, unwritten.")
        .value(std::uint64_t{figures.memory});
    out.gauge("muster_memory_max_bytes", "How much of it may.").value(std::uint64_t{figures.max_memory});
    out.counter("muster_wills_published_total", "Wills published.").value(figures.events.wills_published);
}

void add_connections(Exposition& out, const Figures& figures) {
    out.counter("muster_connects_total", "CONNECTs accepted.").value(figures.core.connections);
    out.counter("muster_connects_refused_total", "CONNECTs refused, by reason.");
    add_reasons(out, figures.events.refused);
    out.counter("muster_connects_timed_out_total", "Connections closed for want of a CONNECT.").value(figures.events.connect_timed_out);
    out.counter("muster_malformed_total", "Connections closed for bytes that are not MQTT.").value(figures.core.malformed);
    out.counter("muster_strangers_total", "Connections closed for bytes that are neither HTTP nor TLS, by entrance.");
    for (const auto& [entrance, count] : figures.strangers) out.value(count, label("entrance", entrance));
    out.counter("muster_disconnects_total", "Connections ended, by reason.");
    add_reasons(out, figures.events.disconnected);
    out.counter("muster_disconnects_by_total", "Connections ended, by who ended them.");
    for (std::size_t i = 0; i < figures.events.ended_by.size(); ++i)
        out.value(figures.events.ended_by.at(i), label("by", name_of(static_cast<core::EndedBy>(i))));
    out.counter("muster_certificates_issued_total", "Device certificates issued.").value(figures.certificates_issued);
}

template <class Get>
void add_by_tenant(Exposition& out, const Figures& figures, const char* name, const char* help, Get get) {
    out.gauge(name, help);
    for (const auto& tenant : figures.tenants) out.value(std::uint64_t{get(tenant)}, label("tenant", tenant.tenant));
}

void add_tenants(Exposition& out, const Figures& figures) {
    out.gauge("muster_connections", "Clients connected now, by tenant and role.");
    for (const auto& tenant : figures.tenants) {
        out.value(std::uint64_t{tenant.devices_connected}, {{"tenant", tenant.tenant}, {"role", "device"}});
        out.value(std::uint64_t{tenant.applications_connected}, {{"tenant", tenant.tenant}, {"role", "application"}});
    }
    using core::TenantFigures;
    add_by_tenant(out, figures, "muster_sessions", "Sessions, connected or not.", [](const TenantFigures& t) { return t.sessions; });
    add_by_tenant(out, figures, "muster_messages_queued", "Messages that wait for their client.",
                  [](const TenantFigures& t) { return t.queued; });
    add_by_tenant(out, figures, "muster_messages_in_flight", "Messages sent and not yet acknowledged to the end.",
                  [](const TenantFigures& t) { return t.in_flight; });
    add_by_tenant(out, figures, "muster_messages_retained", "Retained messages.", [](const TenantFigures& t) { return t.retained; });
}

void add_network(Exposition& out, const NetCounters& net) {
    out.counter("muster_accepts_total", "Connections accepted by the listeners.").value(net.accepted);
    out.counter("muster_tls_handshakes_total", "TLS handshakes, by kind.");
    out.value(net.handshakes_full, label("kind", "full"));
    out.value(net.handshakes_resumed, label("kind", "resumed"));
    out.value(net.handshakes_failed, label("kind", "failed"));
    out.counter("muster_late_total", "Connections cut because a handshake or a CONNECT did not come in time.").value(net.late);
    out.counter("muster_turned_away_total", "Connections told that the server is busy.").value(net.turned_away);
    out.counter("muster_packets_total", "MQTT packets, by direction.");
    out.value(net.packets_in, label("direction", "in")).value(net.packets_out, label("direction", "out"));
    out.counter("muster_bytes_total", "Bytes of MQTT, by direction.");
    out.value(net.bytes_in, label("direction", "in")).value(net.bytes_out, label("direction", "out"));
    out.gauge("muster_bytes_unwritten", "Bytes that wait for slow readers.").value(net.bytes_unwritten);
}

}  // namespace

std::string to_prometheus(const Figures& figures) {
    Exposition out;
    out.gauge("muster_build_info", "1, with the version as a label.").value(std::uint64_t{1}, label("version", version()));
    add_messages(out, figures);
    add_connections(out, figures);
    add_tenants(out, figures);
    add_network(out, figures.net);
    out.counter("muster_events_lost_total", "Events that the event stream could not tell.").value(figures.events.events_lost);
    return out.text();
}

}  // namespace muster::testbroker::admin

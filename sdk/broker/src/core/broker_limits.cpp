// SPDX-License-Identifier: Apache-2.0
// What a tenant and its clients may use, and what is answered beyond.
#include "core/broker_core.hpp"
#include "core/fitting.hpp"

#include <algorithm>

namespace muster::testbroker::core {
namespace {

using wire::ReasonCode;
using wire::Version;

}  // namespace

BrokerCore::Tenant& BrokerCore::obtain_tenant(const std::string& name) {
    const auto [found, is_new] = tenants_.try_emplace(name);
    if (is_new && limits_.tenants != nullptr) found->second.limits = limits_.tenants->limits_of(name);
    return found->second;
}

void BrokerCore::limits_changed(const std::string& name) {
    const auto found = tenants_.find(name);
    if (found == tenants_.end() || limits_.tenants == nullptr) return;
    Tenant& tenant = found->second;
    tenant.limits = limits_.tenants->limits_of(name);
    for (const auto& [key, session] : tenant.sessions) session->keep(session_limits(tenant));
}

SessionLimits BrokerCore::session_limits(const Tenant& tenant) const {
    return {tenancy::lower(limits_.session.max_queued, tenant.limits.queued_messages),
            tenancy::lower(limits_.session.max_bytes, tenant.limits.queued_bytes),
            tenancy::lower(limits_.session.max_in_flight, tenant.limits.inflight)};
}

std::optional<tenancy::Refusal> BrokerCore::check_connect(Tenant& tenant, const wire::Connect& connect, const tenancy::Principal& principal,
                                                          base::SteadyTime now) {
    const tenancy::TenantLimits& limits = tenant.limits;
    if (limits.packet_size != 0 && wire::encoded_size(wire::Packet(connect), connect.version) > limits.packet_size)
        return tenancy::Refusal{ReasonCode::packet_too_large, "the packet is larger than the tenant's packets may be"};
    if (!tenant.connect_rate.has(1, limits.connects_per_second, now))
        return tenancy::Refusal{ReasonCode::connection_rate_exceeded,
                                "the tenant's clients connect too often",
                                {},
                                tenant.turns.next(limits.connects_per_second, now)};
    const auto session = tenant.sessions.find(Session::key_of(principal));
    const bool takes_over = session != tenant.sessions.end() && session->second->connection();
    if (limits.connections != 0 && !takes_over && tenant.connections >= limits.connections)
        return tenancy::Refusal{ReasonCode::quota_exceeded, "the tenant has as many connections as it may have"};
    tenant.connect_rate.take(1);
    return std::nullopt;
}

bool BrokerCore::check_rate(ConnectionId id, Connection& connection, const wire::Publish& publish, std::string_view topic,
                            base::SteadyTime now) {
    Tenant& tenant = tenant_of(*connection.session);
    const tenancy::TenantLimits& limits = tenant.limits;
    const std::size_t bytes = topic.size() + publish.payload.size();
    const bool is_limited = limits.client_messages_per_second != 0 || limits.client_bytes_per_second != 0;
    if (is_limited && connection.publish_rate == nullptr) connection.publish_rate = std::make_unique<RateLimiter>();
    if (is_limited && !connection.publish_rate->has(bytes, limits.client_messages_per_second, limits.client_bytes_per_second, now)) {
        ++counters_.over_client_rate;
        observer_->publish_refused(connection.session->name(), ReasonCode::message_rate_too_high);
        // Not acknowledged: a client that keeps to the specification sends it again when it is back.
        if (publish.qos != Qos::at_most_once)
            disconnect(id, ReasonCode::message_rate_too_high, "more messages or bytes a second than a client may publish", now);
        return false;
    }
    if (!tenant.publish_rate.has(bytes, limits.messages_per_second, limits.bytes_per_second, now)) {
        ++counters_.over_tenant_rate;
        refuse_publish(id, connection, publish, "the tenant's clients publish more a second than they may", now);
        return false;
    }
    if (is_limited) connection.publish_rate->take(bytes);
    tenant.publish_rate.take(bytes);
    return true;
}

bool BrokerCore::may_retain(const Session& publisher, const StoredMessage& message, base::SteadyTime now) {
    Tenant& tenant = tenant_of(publisher);
    const std::size_t limit = tenant.limits.retained_messages;
    if (!message.retain || message.payload.empty() || limit == 0 || tenant.retained.size() < limit) return true;
    if (tenant.retained.count(message.topic) != 0) return true;
    drop_expired_retained(publisher.principal().tenant, tenant, now);
    return tenant.retained.size() < limit;
}

bool BrokerCore::has_room_for(const wire::Publish& publish) const {
    if (!memory_.is_full()) return true;
    if (publish.retain) return publish.payload.empty();
    return publish.qos == Qos::at_most_once;
}

// 3.1.1 has no word for it: a message is acknowledged, or its connection closed (MQTT 3.1.1, section 3.3.5).
void BrokerCore::refuse_publish(ConnectionId id, const Connection& connection, const wire::Publish& publish, const std::string& why,
                                base::SteadyTime now) {
    observer_->publish_refused(connection.session->name(), ReasonCode::quota_exceeded);
    if (publish.qos == Qos::at_most_once) return;
    if (connection.version == Version::v311) return disconnect(id, ReasonCode::quota_exceeded, why, now);
    const auto answer = [&](auto packet) {
        packet.packet_id = publish.packet_id;
        packet.reason = ReasonCode::quota_exceeded;
        if (connection.wants_reasons) packet.properties.reason_string = why;
        send_fitting(output_, id, connection.version, packet, connection.maximum_packet_size);
    };
    publish.qos == Qos::at_least_once ? answer(wire::Puback{}) : answer(wire::Pubrec{});
}

}  // namespace muster::testbroker::core

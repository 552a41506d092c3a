// SPDX-License-Identifier: Apache-2.0
// The short way for what comes by the thousand: a PUBLISH of QoS 0 or 1 without properties, and its PUBACK.
#include "core/broker_core.hpp"
#include "wire/text.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {

using wire::ReasonCode;

namespace {

SharedMessage store_plain(const wire::PlainPublish& publish, const std::string& topic, const Session& publisher, MemoryAccount& memory) {
    auto message = std::make_shared<StoredMessage>();
    message->topic = topic;
    message->payload = publish.payload;
    message->qos = publish.qos;
    message->publisher = &publisher;
    message->share = MemoryShare(memory, message->bytes());
    return message;
}

bool is_rate_limited(const tenancy::TenantLimits& limits) {
    return (limits.messages_per_second | limits.bytes_per_second | limits.client_messages_per_second | limits.client_bytes_per_second) != 0;
}

}  // namespace

void BrokerCore::frame(ConnectionId id, const wire::Frame& frame, base::SteadyTime now) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    Connection& connection = found->second;
    const bool is_small = frame.total_size <= connection.takes_at_most;
    if (connection.session != nullptr && is_small && take_plain(id, connection, frame, now)) {
        connection.last_packet = now;
        return;
    }
    const auto decoded = wire::decode(frame, connection.version);
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) return malformed(id, *error, now);
    packet(id, std::get<wire::Packet>(decoded), now);
}

// In two steps: the connection while the one before it is served, then, from there, its route.
void BrokerCore::comes_next(ConnectionId id) {
    constexpr std::size_t bytes_per_line = 64;
    const auto prefetch = [](const void* thing) {
        __builtin_prefetch(thing);
        __builtin_prefetch(static_cast<const char*>(thing) + bytes_per_line);
    };
    const auto before = connections_.find(std::exchange(expected_, id));
    if (before != connections_.end() && before->second.route) prefetch(before->second.route.get());
    const auto found = connections_.find(id);
    if (found != connections_.end()) prefetch(&found->second.last_packet);
}

bool BrokerCore::take_plain(ConnectionId id, Connection& connection, const wire::Frame& frame, base::SteadyTime now) {
    if (frame.type == wire::PacketType::publish) {
        const auto publish = wire::read_plain_publish(frame, connection.version);
        return publish && route_plain(id, connection, *publish, now);
    }
    const wire::PacketId acknowledged = wire::read_plain_puback(frame);
    return acknowledged != 0 && handovers_.empty() && connection.session->on_puback(acknowledged, output_, now);
}

bool BrokerCore::route_plain(ConnectionId id, Connection& connection, const wire::PlainPublish& publish, base::SteadyTime now) {
    if (publish.qos > limits_.features.maximum_qos || is_rate_limited(connection.tenant->limits)) return false;
    if (publish.qos != Qos::at_most_once && memory_.is_full()) return false;
    const PlainRoute* route = plain_route(connection, publish.topic);
    if (route == nullptr) return false;
    Session& publisher = *connection.session;
    if (publish.qos != Qos::at_most_once && publisher.held_ids.of_this_connection() >= connection.receive_maximum) return false;
    ++counters_.messages_in;
    SharedMessage stored;  // Only for those who may need it later.
    for (const auto& receiver : route->receivers) {
        Session& session = *receiver.session;
        const Qos qos = std::min(receiver.qos, publish.qos);
        if (qos == Qos::at_most_once && session.takes_plain()) {
            session.deliver_plain({qos, 0, *session.space().to_own(route->topic), publish.payload}, output_);
            continue;
        }
        if (!stored) stored = store_plain(publish, route->topic, publisher, memory_);
        session.deliver({stored, qos, false}, output_, now);
    }
    const auto reason = route->receivers.empty() ? ReasonCode::no_matching_subscribers : ReasonCode::success;
    if (publish.qos == Qos::at_least_once) output_.send_puback(id, connection.version, publish.packet_id, reason);
    return true;
}

// Null if the topic has to go the long way, which also finds out what is wrong with it.
const PlainRoute* BrokerCore::plain_route(Connection& connection, std::string_view own_topic) {
    const Session& publisher = *connection.session;
    Tenant& tenant = *connection.tenant;
    if (!connection.route || connection.route->version != tenant.subscriptions.version() || connection.route->own_topic() != own_topic) {
        const bool is_good = wire::is_text(own_topic) && wire::is_topic_name(own_topic) && publisher.space().fits(own_topic);
        if (!is_good || tenancy::is_reserved(publisher.space().to_tenant(own_topic), publisher.principal().isolation)) return nullptr;
        if (!connection.route) connection.route = std::make_unique<PlainRoute>();
        connection.route->topic = publisher.space().to_tenant(own_topic);
        connection.route->prefix_size = connection.route->topic.size() - own_topic.size();
        find_receivers(tenant, publisher, *connection.route);
    }
    return connection.route->is_plain ? connection.route.get() : nullptr;
}

void BrokerCore::find_receivers(const Tenant& tenant, const Session& publisher, PlainRoute& route) {
    route.version = tenant.subscriptions.version();
    route.is_plain = true;
    route.receivers.clear();
    const auto on_session = [&](Session& session, const SubscriptionOptions& options) {
        const auto topic = session.space().to_own(route.topic);
        if (!topic || tenancy::is_hidden_from_wildcards(*topic, options.begins_with_wildcard)) return;
        if (options.no_local && &publisher == &session) return;
        if (options.identifier) route.is_plain = false;
        const auto known = std::find_if(route.receivers.begin(), route.receivers.end(),
                                        [&](const PlainRoute::Receiver& receiver) { return receiver.session == &session; });
        if (known == route.receivers.end()) {
            route.receivers.push_back({&session, options.qos});
        } else {
            known->qos = std::max(known->qos, options.qos);
        }
    };
    tenant.subscriptions.match(route.topic, on_session, [&](const SharedGroup& /*group*/) { route.is_plain = false; });
}

}  // namespace muster::testbroker::core

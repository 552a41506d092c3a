// SPDX-License-Identifier: Apache-2.0
// From a PUBLISH to everybody who subscribed.
#include "core/broker_core.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace muster::testbroker::core {

using wire::ReasonCode;

void BrokerCore::on_publish(ConnectionId id, Connection& connection, const wire::Publish& publish, base::SteadyTime now) {
    if (publish.properties.topic_alias) return disconnect(id, ReasonCode::topic_alias_invalid, "topic aliases are not offered", now);
    if (publish.qos == Qos::exactly_once) return disconnect(id, ReasonCode::qos_not_supported, "QoS 2 is not offered", now);
    if (!publish.properties.subscription_identifiers.empty())
        return disconnect(id, ReasonCode::protocol_error, "a client may not send a subscription identifier", now);

    Session& session = *connection.session;
    auto stored = store_message(publish, session.space(), now);
    if (!stored)
        return disconnect(id, ReasonCode::topic_name_invalid, "the topic is too long, or the response topic is no topic name", now);
    stored->publisher = &session;
    ++counters_.messages_in;
    const std::size_t receivers = route(tenant_of(session), std::make_shared<StoredMessage>(*std::move(stored)), now);
    if (publish.qos == Qos::at_least_once) {
        wire::Puback ack;
        ack.packet_id = publish.packet_id;
        if (receivers == 0 && connection.version == wire::Version::v5) ack.reason = ReasonCode::no_matching_subscribers;
        output_.send(id, connection.version, wire::Packet(ack));
    }
}

std::size_t BrokerCore::route(Tenant& tenant, SharedMessage message, base::SteadyTime now) {
    if (message->retain) {
        if (message->payload.empty()) {
            tenant.retained.erase(message->topic);
        } else {
            tenant.retained[message->topic] = message;
        }
    }
    // One delivery for each session: the highest QoS and every identifier of its matching subscriptions (MQTT 5.0, section 3.3.4).
    std::map<Session*, Delivery> deliveries;
    tenant.subscriptions.match(message->topic, [&](Session& session, const SubscriptionOptions& options) {
        const auto own_topic = session.space().to_own(message->topic);
        if (!own_topic || tenancy::is_hidden_from_wildcards(*own_topic, options.begins_with_wildcard)) return;
        if (options.no_local && message->publisher == &session) return;
        Delivery& delivery = deliveries[&session];
        delivery.message = message;
        delivery.qos = std::max(delivery.qos, std::min(options.qos, message->qos));
        delivery.retain = delivery.retain || (message->retain && options.retain_as_published);
        if (options.identifier) delivery.identifiers.push_back(*options.identifier);
    });
    for (auto& [session, delivery] : deliveries) session->deliver(std::move(delivery), output_, now);
    return deliveries.size();
}

}  // namespace muster::testbroker::core

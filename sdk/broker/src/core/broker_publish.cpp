// SPDX-License-Identifier: Apache-2.0
// From a PUBLISH to everybody who subscribed.
#include "core/broker_core.hpp"
#include "core/journal.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace muster::testbroker::core {

using wire::ReasonCode;

namespace {

template <class Ack>
void send_acknowledgement(Output& output, ConnectionId id, wire::Version version, wire::PacketId packet_id, ReasonCode reason) {
    Ack ack;
    ack.packet_id = packet_id;
    ack.reason = reason;
    output.send(id, version, wire::Packet(ack));
}

// What is of QoS 1 has been acknowledged when the next packet is looked at.
bool exceeds_receive_maximum(const wire::Publish& publish, HeldIds& held, std::uint16_t maximum) {
    if (publish.qos == Qos::at_most_once || held.of_this_connection() < maximum) return false;
    return publish.qos == Qos::at_least_once || !held.is_of_this_connection(publish.packet_id);
}

void hold(Session& session, wire::PacketId id) {
    if (session.held_ids.hold(id) && session.journal() != nullptr) session.journal()->held(session, id);
}

// Whom a message is about: in an isolated tenant the first level says it, whoever published.
std::string_view device_of(const StoredMessage& message, const tenancy::Principal& publisher) {
    if (publisher.isolation == Isolation::flat) return publisher.client_id;
    return std::string_view(message.topic).substr(0, message.topic.find('/'));
}

}  // namespace

void BrokerCore::on_publish(ConnectionId id, Connection& connection, const wire::Publish& publish, base::SteadyTime now) {
    if (publish.qos > limits_.features.maximum_qos) return disconnect(id, ReasonCode::qos_not_supported, "this QoS is not offered", now);
    if (publish.retain && !limits_.features.retained_messages)
        return disconnect(id, ReasonCode::retain_not_supported, "retained messages are not offered", now);
    if (!publish.properties.subscription_identifiers.empty())
        return disconnect(id, ReasonCode::protocol_error, "a client may not send a subscription identifier", now);

    Session& session = *connection.session;
    if (exceeds_receive_maximum(publish, session.held_ids, connection.receive_maximum))
        return disconnect(id, ReasonCode::receive_maximum_exceeded, "more QoS 2 messages are unreleased than CONNACK allows", now);
    const auto topic = connection.aliases.topic_of(publish, limits_.topic_alias_maximum);
    if (const auto* reason = std::get_if<ReasonCode>(&topic))
        return disconnect(id, *reason, "a topic alias that was not set, or is larger than CONNACK allows", now);
    if (publish.qos == Qos::exactly_once && session.held_ids.holds(publish.packet_id)) {
        session.held_ids.hold(publish.packet_id);
        return send_acknowledgement<wire::Pubrec>(output_, id, connection.version, publish.packet_id, ReasonCode::success);
    }
    if (!check_rate(id, connection, publish, std::get<std::string_view>(topic), now)) return;
    if (!has_room_for(publish)) {
        ++counters_.over_memory;
        return refuse_publish(id, connection, publish, "the broker keeps as many bytes as it may; try again later", now);
    }
    auto stored = store_message(publish, std::get<std::string_view>(topic), session.space(), now);
    if (!stored)
        return disconnect(id, ReasonCode::topic_name_invalid, "the topic is too long, or the response topic is no topic name", now);
    if (tenancy::is_reserved(stored->topic, session.principal().isolation)) return deny_publish(id, connection, publish);
    if (!may_retain(session, *stored, now)) {
        ++counters_.over_retained;
        return refuse_publish(id, connection, publish, "the tenant has as many retained messages as it may have", now);
    }
    if (publish.qos == Qos::exactly_once) hold(session, publish.packet_id);
    stored->publisher = &session;
    if (stored->retain || stored->qos != Qos::at_most_once) stored->share = MemoryShare(memory_, stored->bytes());
    ++counters_.messages_in;
    const std::size_t receivers = route(session, std::make_shared<StoredMessage>(*std::move(stored)), now);
    const auto reason = receivers == 0 ? ReasonCode::no_matching_subscribers : ReasonCode::success;
    if (publish.qos == Qos::at_least_once)
        send_acknowledgement<wire::Puback>(output_, id, connection.version, publish.packet_id, reason);
    else if (publish.qos == Qos::exactly_once)
        send_acknowledgement<wire::Pubrec>(output_, id, connection.version, publish.packet_id, reason);
}

// MQTT 3.1.1 has no words for it: the message is acknowledged and dropped (section 3.3.5).
void BrokerCore::deny_publish(ConnectionId id, const Connection& connection, const wire::Publish& publish) {
    ++counters_.denied;
    observer_->publish_refused(connection.session->name(), ReasonCode::not_authorized);
    if (publish.qos == Qos::at_least_once) {
        send_acknowledgement<wire::Puback>(output_, id, connection.version, publish.packet_id, ReasonCode::not_authorized);
    } else if (publish.qos == Qos::exactly_once) {
        if (connection.version == wire::Version::v311) hold(*connection.session, publish.packet_id);
        send_acknowledgement<wire::Pubrec>(output_, id, connection.version, publish.packet_id, ReasonCode::not_authorized);
    }
}

void BrokerCore::on_pubrel(ConnectionId id, const Connection& connection, const wire::Pubrel& release) {
    Session& session = *connection.session;
    const bool was_held = session.held_ids.release(release.packet_id);
    if (was_held && session.journal() != nullptr) session.journal()->let_go(session, release.packet_id);
    const auto reason = was_held ? ReasonCode::success : ReasonCode::packet_identifier_not_found;
    send_acknowledgement<wire::Pubcomp>(output_, id, connection.version, release.packet_id, reason);
}

bool BrokerCore::on_acknowledgement(ConnectionId id, const Connection& connection, const wire::Packet& packet, base::SteadyTime now) {
    Session& session = *connection.session;
    bool fits = true;
    if (const auto* puback = std::get_if<wire::Puback>(&packet)) {
        fits = session.on_puback(puback->packet_id, output_, now);
    } else if (const auto* pubrec = std::get_if<wire::Pubrec>(&packet)) {
        fits = session.on_pubrec(pubrec->packet_id, pubrec->reason, output_, now);
    } else if (const auto* pubrel = std::get_if<wire::Pubrel>(&packet)) {
        on_pubrel(id, connection, *pubrel);
    } else if (const auto* pubcomp = std::get_if<wire::Pubcomp>(&packet)) {
        fits = session.on_pubcomp(pubcomp->packet_id, output_, now);
    } else {
        return false;
    }
    if (!handovers_.empty()) settle_handovers(session, now);
    if (!fits) disconnect(id, ReasonCode::protocol_error, "an acknowledgement that does not follow what was sent with this packet id", now);
    return true;
}

std::size_t BrokerCore::route(const Session& publisher, SharedMessage message, base::SteadyTime now) {
    Tenant& tenant = tenant_of(publisher);
    if (message->retain) keep_retained(publisher, message);
    std::vector<SharedGroup*> groups;
    // One delivery for each session: the highest QoS and every identifier of its matching subscriptions (MQTT 5.0, section 3.3.4).
    std::map<Session*, Delivery> deliveries;
    const auto on_session = [&](Session& session, const SubscriptionOptions& options) {
        const auto own_topic = session.space().to_own(message->topic);
        if (!own_topic || tenancy::is_hidden_from_wildcards(*own_topic, options.begins_with_wildcard)) return;
        if (options.no_local && message->publisher == &session) return;
        Delivery& delivery = deliveries[&session];
        delivery.message = message;
        delivery.qos = std::max(delivery.qos, std::min(options.qos, message->qos));
        delivery.retain = delivery.retain || (message->retain && options.retain_as_published);
        if (options.identifier) delivery.identifiers.push_back(*options.identifier);
    };
    const auto on_group = [&](SharedGroup& group) {
        if (group.may_see(message->topic)) groups.push_back(&group);
    };
    tenant.subscriptions.match(message->topic, on_session, on_group);
    // The oldest group first, not as it happens to stand in the tree.
    std::sort(groups.begin(), groups.end(), [](const SharedGroup* one, const SharedGroup* two) { return one->id() < two->id(); });
    for (auto& [session, delivery] : deliveries) session->deliver(std::move(delivery), output_, now);
    for (SharedGroup* group : groups) {
        const DeviceSlot slot =
            group->partition() != nullptr ? Partition::slot_of(device_of(*message, publisher.principal())) : DeviceSlot{0};
        deliver_shared(*group, message, slot, now);
    }
    return deliveries.size() + groups.size();
}

}  // namespace muster::testbroker::core

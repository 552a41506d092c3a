// SPDX-License-Identifier: Apache-2.0
// The beginning and the end of connections and sessions: CONNECT, takeover, DISCONNECT, wills, expiry.
#include "core/broker_core.hpp"
#include "wire/encode.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {
namespace {

using wire::ReasonCode;
using wire::Version;

constexpr std::uint32_t never = 0xFFFF'FFFFU;  // A session expiry that does not come (MQTT 5.0, section 3.1.2.11.2).

// An application must not take over a device, so the role is part of the key.
std::string session_key(const tenancy::Principal& principal) {
    return (principal.role == tenancy::Role::device ? "d/" : "a/") + principal.client_id;
}

void set_expiry(Session& session, std::uint32_t seconds) {
    session.expiry = std::chrono::seconds(seconds);
    session.never_expires = seconds == never;
}

ClientLimits limits_of(const wire::Connect& connect, const Limits& own) {
    ClientLimits limits;
    limits.version = connect.version;
    limits.receive_maximum = connect.properties.receive_maximum.value_or(limits.receive_maximum);
    limits.maximum_packet_size = connect.properties.maximum_packet_size.value_or(limits.maximum_packet_size);
    limits.topic_alias_maximum = std::min(connect.properties.topic_alias_maximum.value_or(0), own.topic_alias_maximum);
    return limits;
}

// Sends what the client takes: without its reason, or not at all, what is too large (MQTT 5.0, section 3.1.2.11.4).
template <class P>
bool send_fitting(Output& output, ConnectionId id, wire::Version version, P packet, std::size_t maximum_packet_size) {
    if (wire::encoded_size(wire::Packet(packet), version) > maximum_packet_size) packet.properties.reason_string.reset();
    if (wire::encoded_size(wire::Packet(packet), version) > maximum_packet_size) return false;
    output.send(id, version, wire::Packet(packet));
    return true;
}

std::optional<Will> will_of(const wire::Will& packet, const tenancy::TopicSpace& space) {
    auto message = store_message(packet, space);
    if (!message) return std::nullopt;
    const auto& lifetime = packet.properties.message_expiry_interval;
    return Will{*std::move(message), std::chrono::seconds(packet.properties.will_delay_interval.value_or(0)),
                lifetime ? std::optional(std::chrono::seconds(*lifetime)) : std::nullopt};
}

}  // namespace

void BrokerCore::refuse(ConnectionId id, const Connection& connection, const RefusedEvent& refusal) {
    ++counters_.refused;
    observer_.refused(refusal);
    wire::Connack answer;
    answer.reason = refusal.reason;
    answer.properties.reason_string = refusal.why;
    send_fitting(output_, id, connection.version, answer, connection.maximum_packet_size);
    connections_.erase(id);
    output_.close(id);
}

void BrokerCore::judged(ConnectionId id, const wire::Connect& connect, tenancy::Verdict verdict, base::SteadyTime now) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) on_verdict(id, found->second, connect, std::move(verdict), now);
}

void BrokerCore::on_verdict(ConnectionId id, Connection& connection, const wire::Connect& connect, tenancy::Verdict admitted,
                            base::SteadyTime now) {
    const ClientLimits limits = limits_of(connect, limits_);
    connection.version = limits.version;
    connection.maximum_packet_size = limits.maximum_packet_size;
    if (const auto* refusal = std::get_if<tenancy::Refusal>(&admitted))
        return refuse(id, connection, {id, {}, connect.client_id, refusal->reason, refusal->why});
    auto& principal = std::get<tenancy::Principal>(admitted);
    if (principal.client_id_was_assigned && connect.version == Version::v311 && !connect.clean_start) {
        return refuse(id, connection,
                      {id, principal.tenant, connect.client_id, ReasonCode::client_identifier_not_valid,
                       "a session needs a client id"});  // MQTT 3.1.1, section 3.1.3.1.
    }
    auto will = connect.will ? will_of(*connect.will, tenancy::TopicSpace(principal)) : std::nullopt;
    if (connect.will && !will) {
        return refuse(id, connection,
                      {id, principal.tenant, connect.client_id, ReasonCode::topic_name_invalid,
                       "the will's topic is too long, or its response topic is no topic name"});
    }

    bool present = false;
    Session& session = open_session(principal, connect.clean_start, present, now);
    connection.session = &session;
    connection.silence_allowed = std::chrono::milliseconds(connect.keep_alive * 1'500LL);
    // 3.1.1 has no expiry: a clean session ends with its connection, another stays.
    const std::uint32_t v311_expiry = connect.clean_start ? 0 : never;
    set_expiry(session, connect.version == Version::v5 ? connect.properties.session_expiry_interval.value_or(0) : v311_expiry);
    session.attach(id, limits, principal);
    session.will = std::move(will);
    presence_changed(session);
    ++counters_.connections;
    observer_.connected({session.name(), connect.version, connect.clean_start, present, principal.client_id_was_assigned,
                         std::chrono::seconds(connect.keep_alive)});
    if (!send_connack(id, connection, connect, present)) {
        return end_connection(id, {EndedBy::broker, ReasonCode::packet_too_large, "its CONNACK is larger than what it takes"}, now);
    }
    session.pump(output_, now);
}

Session& BrokerCore::open_session(const tenancy::Principal& principal, bool clean_start, bool& present, base::SteadyTime now) {
    auto& sessions = tenants_[principal.tenant].sessions;
    const std::string key = session_key(principal);
    const auto found = sessions.find(key);
    if (found != sessions.end()) {
        // A session that ends with its connection ends here too, and its will is published (MQTT 5.0, section 3.1.4).
        if (const auto old = found->second->connection())
            disconnect(*old, ReasonCode::session_taken_over, "another connection has this client id", now);
    }
    const auto left = sessions.find(key);
    if (left != sessions.end() && clean_start) end_session(*left->second, now);
    auto& session = sessions[key];
    present = session != nullptr;
    if (!present) session = std::make_unique<Session>(principal, limits_.session, counters_.deliveries, observer_);
    return *session;
}

bool BrokerCore::send_connack(ConnectionId id, const Connection& connection, const wire::Connect& connect, bool present) {
    wire::Connack answer;
    answer.session_present = present;
    auto& properties = answer.properties;
    properties.receive_maximum = limits_.receive_maximum;
    properties.maximum_packet_size = limits_.max_packet_size;
    if (limits_.topic_alias_maximum != 0) properties.topic_alias_maximum = limits_.topic_alias_maximum;
    if (connect.client_id.empty()) properties.assigned_client_identifier = connection.session->principal().client_id;
    return send_fitting(output_, id, connection.version, answer, connection.maximum_packet_size);
}

void BrokerCore::on_disconnect(ConnectionId id, Connection& connection, const wire::Disconnect& goodbye, base::SteadyTime now) {
    if (const auto& expiry = goodbye.properties.session_expiry_interval) {
        const bool was_zero = connection.session->expiry.count() == 0;
        if (was_zero && *expiry != 0) return disconnect(id, ReasonCode::protocol_error, "a session expiry that CONNECT said was 0", now);
        set_expiry(*connection.session, *expiry);
    }
    const auto why = goodbye.properties.reason_string.value_or(std::string_view());
    end_connection(id, {EndedBy::client, goodbye.reason, why, goodbye.reason != ReasonCode::success}, now);
}

void BrokerCore::disconnect(ConnectionId id, ReasonCode reason, const std::string& why, base::SteadyTime now, EndedBy by) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    if (found->second.session != nullptr && found->second.version == Version::v5) {
        wire::Disconnect goodbye;
        goodbye.reason = reason;
        goodbye.properties.reason_string = why;
        send_fitting(output_, id, Version::v5, goodbye, found->second.maximum_packet_size);
    }
    end_connection(id, {by, reason, why}, now);
}

void BrokerCore::end_connection(ConnectionId id, const Ending& ending, base::SteadyTime now) {
    const auto found = connections_.find(id);
    Session* session = found->second.session;
    connections_.erase(found);
    output_.close(id);
    if (session == nullptr || session->connection() != id) return;
    observer_.disconnected({session->name(), ending.reason, ending.why, ending.by});
    session->detach();
    presence_changed(*session);
    if (!ending.with_will) session->will.reset();
    if (session->will) session->will_due = now + session->will->delay;
    if (!session->never_expires) session->expires = now + session->expiry;
    if (session->will && session->will->delay.count() == 0) publish_will(*session, now);
    if (session->expires && *session->expires <= now) end_session(*session, now);
}

void BrokerCore::publish_will(Session& session, base::SteadyTime now) {
    auto message = std::make_shared<StoredMessage>(std::move(session.will->message));
    if (session.will->lifetime) message->expires = now + *session.will->lifetime;
    session.will.reset();
    session.will_due.reset();
    ++counters_.messages_in;
    observer_.will_published(session.name(), message->topic);
    route(session, std::move(message), now);
}

// The will goes out at the latest now (MQTT 5.0, section 3.1.2.5).
void BrokerCore::end_session(Session& session, base::SteadyTime now) {
    Tenant& tenant = tenant_of(session);
    leave_all_groups(session, now);
    if (session.will) publish_will(session, now);
    observer_.session_ended(session.name());
    tenant.sessions.erase(session_key(session.principal()));
}

void BrokerCore::tick_sessions(base::SteadyTime now) {
    settle_all_handovers(now);
    for (auto& [name, tenant] : tenants_) {
        std::vector<Session*> wills;
        std::vector<Session*> ended;
        for (auto& [key, session] : tenant.sessions) {
            if (session->connection()) continue;
            if (session->expires && now >= *session->expires)
                ended.push_back(session.get());
            else if (session->will_due && now >= *session->will_due)
                wills.push_back(session.get());
        }
        for (Session* session : wills) publish_will(*session, now);
        for (Session* session : ended) end_session(*session, now);
    }
}

}  // namespace muster::testbroker::core

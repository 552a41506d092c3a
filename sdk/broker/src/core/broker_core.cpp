// SPDX-License-Identifier: Apache-2.0
// Which packet means what, in which state.
#include "core/broker_core.hpp"

#include "wire/encode.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {

using wire::ReasonCode;

BrokerCore::BrokerCore(const Limits& limits, tenancy::Admission& admission, Output& output, const base::Clock& clock)
    : BrokerCore(limits, admission, output, clock, nobody_) {}

BrokerCore::BrokerCore(const Limits& limits, tenancy::Admission& admission, Output& output, const base::Clock& clock, Observer& observer)
    : limits_(limits), admission_(admission), output_(output), clock_(clock), observer_(&observer), memory_(limits.memory) {
    follow_wall_clock(clock.now());
}

BrokerCore::~BrokerCore() = default;

void BrokerCore::connection_opened(ConnectionId id, tenancy::PeerIdentity peer, base::SteadyTime now) {
    Connection connection;
    if (peer.certificate) connection.certificate = std::make_unique<tenancy::PeerCertificate>(*std::move(peer.certificate));
    connection.opened = now;
    connection.last_packet = now;
    watch(id, connections_.emplace(id, std::move(connection)).first->second, now);
}

wire::Version BrokerCore::version_of(ConnectionId id) const {
    const auto found = connections_.find(id);
    return found == connections_.end() ? wire::Version::v5 : found->second.version;
}

void BrokerCore::packet(ConnectionId id, const wire::Packet& packet, base::SteadyTime now) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    Connection& connection = found->second;
    connection.last_packet = now;

    const auto* connect = std::get_if<wire::Connect>(&packet);
    if (connection.session == nullptr) {
        if (connect != nullptr) {
            const tenancy::PeerIdentity peer{connection.certificate ? std::optional(*connection.certificate) : std::nullopt};
            return on_verdict(id, connection, *connect, admission_.admit(*connect, peer), now);
        }
        ++counters_.malformed;
        observer_->malformed(id, ReasonCode::protocol_error, "the first packet is no CONNECT");
        return end_connection(id, {}, now);  // MQTT 5.0, section 3.1.
    }
    if (connect != nullptr) return disconnect(id, ReasonCode::protocol_error, "a second CONNECT", now);
    // The network has seen to the broker's own limit.
    if (connection.takes_at_most < limits_.max_packet_size && wire::encoded_size(packet, connection.version) > connection.takes_at_most)
        return disconnect(id, ReasonCode::packet_too_large, "the packet is larger than CONNACK allows", now);
    if (const auto* publish = std::get_if<wire::Publish>(&packet)) return on_publish(id, connection, *publish, now);
    if (const auto* subscribe = std::get_if<wire::Subscribe>(&packet)) return on_subscribe(id, connection, *subscribe, now);
    if (const auto* unsubscribe = std::get_if<wire::Unsubscribe>(&packet)) return on_unsubscribe(id, connection, *unsubscribe, now);
    if (on_acknowledgement(id, connection, packet, now)) return;
    if (std::holds_alternative<wire::Pingreq>(packet)) return output_.send(id, connection.version, wire::Packet(wire::Pingresp{}));
    if (const auto* goodbye = std::get_if<wire::Disconnect>(&packet)) return on_disconnect(id, connection, *goodbye, now);
    disconnect(id, ReasonCode::protocol_error, "a packet that a client may not send here", now);
}

void BrokerCore::malformed(ConnectionId id, const wire::DecodeError& error, base::SteadyTime now) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    ++counters_.malformed;
    observer_->malformed(id, error.reason, error.what);
    if (found->second.session != nullptr) return disconnect(id, error.reason, error.what, now);
    // A client of an unknown version is told so in the words that every version has (MQTT 3.1.1, section 3.1.2.2).
    if (error.reason == ReasonCode::unsupported_protocol_version) {
        wire::Connack answer;
        answer.reason = error.reason;
        output_.send(id, wire::Version::v311, wire::Packet(answer));
    }
    end_connection(id, {}, now);
}

void BrokerCore::connection_lost(ConnectionId id, base::SteadyTime now) {
    if (connections_.count(id) != 0) end_connection(id, {EndedBy::network}, now);
}

void BrokerCore::writable(ConnectionId id, base::SteadyTime now) {
    const auto found = connections_.find(id);
    if (found != connections_.end() && found->second.session != nullptr) found->second.session->pump(output_, now);
}

void BrokerCore::shut_down(base::SteadyTime now) {
    std::vector<ConnectionId> all;
    for (const auto& [id, connection] : connections_) all.push_back(id);
    for (const ConnectionId id : all) disconnect(id, ReasonCode::server_shutting_down, "the broker is shutting down", now);
}

}  // namespace muster::testbroker::core

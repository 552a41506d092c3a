// SPDX-License-Identifier: Apache-2.0
// Where the core's packets go.
#include "core/output.hpp"

namespace muster::testbroker::core {

void Output::send_plain(ConnectionId connection, wire::Version version, const wire::PlainPublish& packet) {
    wire::Publish publish;
    publish.qos = packet.qos;
    publish.packet_id = packet.packet_id;
    publish.topic = packet.topic;
    publish.payload = packet.payload;
    send(connection, version, publish);
}

void Output::send_puback(ConnectionId connection, wire::Version version, wire::PacketId packet_id, wire::ReasonCode reason) {
    send(connection, version, wire::Packet(wire::Puback{packet_id, reason, {}}));
}

}  // namespace muster::testbroker::core

// SPDX-License-Identifier: Apache-2.0
// No packet is larger than its receiver takes.
#pragma once

#include "core/output.hpp"
#include "wire/encode.hpp"

#include <cstddef>

namespace muster::testbroker::core {

/// Sends the packet without its reason string, or not at all, if it is too large otherwise (MQTT 5.0, section 3.1.2.11.4). Whether it went.
template <class P>
bool send_fitting(Output& output, ConnectionId id, wire::Version version, P packet, std::size_t maximum_packet_size) {
    if (wire::encoded_size(wire::Packet(packet), version) > maximum_packet_size) packet.properties.reason_string.reset();
    if (wire::encoded_size(wire::Packet(packet), version) > maximum_packet_size) return false;
    output.send(id, version, wire::Packet(packet));
    return true;
}

}  // namespace muster::testbroker::core

// SPDX-License-Identifier: Apache-2.0
// PUBLISH (MQTT 5.0 and 3.1.1, section 3.3).
#include "wire/decode_parts.hpp"

namespace muster::wire {

void read_publish(Reader& reader, unsigned flags, Version version, Publish& packet) {
    packet.dup = (flags & 8U) != 0;
    packet.qos = static_cast<Qos>((flags >> 1U) & 3U);
    packet.retain = (flags & 1U) != 0;
    if (packet.dup && packet.qos == Qos::at_most_once) reader.fail(ReasonCode::malformed_packet, "DUP with QoS 0");
    packet.topic = reader.text();
    if (packet.qos != Qos::at_most_once) packet.packet_id = read_packet_id(reader);
    if (version == Version::v5) read_properties(reader, PropertyPlace::publish, packet.properties);
    packet.payload = reader.take_rest();
    if (!reader.ok()) return;
    const auto& alias = packet.properties.topic_alias;
    if (alias && *alias == 0) return reader.fail(ReasonCode::topic_alias_invalid, "topic alias 0");
    if (packet.topic.empty()) {
        if (!alias) reader.fail(ReasonCode::protocol_error, "no topic and no topic alias");
        return;
    }
    if (!is_topic_name(packet.topic)) reader.fail(ReasonCode::topic_name_invalid, "the topic has a wildcard");
}

}  // namespace muster::wire

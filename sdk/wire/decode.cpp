// SPDX-License-Identifier: Apache-2.0
// Every packet but CONNECT (MQTT 5.0, chapter 3).
#include "wire/decode.hpp"

#include "base/topic.hpp"
#include "wire/decode_parts.hpp"

#include <utility>

namespace muster::wire {
namespace {

using Place = PropertyPlace;

PacketId read_packet_id(Reader& reader) {
    const PacketId id = reader.two_bytes();
    if (reader.ok() && id == 0) reader.fail(ReasonCode::protocol_error, "packet identifier 0");
    return id;
}

void read_connack(Reader& reader, Version version, Connack& packet) {
    const std::uint8_t flags = reader.byte();
    if (flags > 1) reader.fail(ReasonCode::malformed_packet, "reserved CONNACK flags");
    packet.session_present = flags == 1;
    packet.reason = static_cast<ReasonCode>(reader.byte());
    if (version == Version::v5) read_properties(reader, Place::connack, packet.properties);
}

void read_publish(Reader& reader, unsigned flags, Version version, Publish& packet) {
    packet.dup = (flags & 8U) != 0;
    packet.qos = static_cast<Qos>((flags >> 1U) & 3U);
    packet.retain = (flags & 1U) != 0;
    if (packet.dup && packet.qos == Qos::at_most_once) reader.fail(ReasonCode::malformed_packet, "DUP with QoS 0");
    packet.topic = reader.text();
    if (packet.qos != Qos::at_most_once) packet.packet_id = read_packet_id(reader);
    if (version == Version::v5) read_properties(reader, Place::publish, packet.properties);
    packet.payload = reader.take_rest();
    if (!reader.ok()) return;
    const bool by_alias = packet.topic.empty() && packet.properties.topic_alias;
    if (packet.properties.topic_alias == std::uint16_t{0}) return reader.fail(ReasonCode::topic_alias_invalid, "topic alias 0");
    if (packet.topic.empty() && !by_alias) return reader.fail(ReasonCode::protocol_error, "no topic and no topic alias");
    if (!by_alias && !base::check_topic(packet.topic)) reader.fail(ReasonCode::topic_name_invalid, "the topic has a wildcard");
}

template <PacketType Type>
void read_acknowledgement(Reader& reader, Version version, Acknowledgement<Type>& packet) {
    packet.packet_id = read_packet_id(reader);
    if (version == Version::v311 || reader.at_end()) return;
    packet.reason = static_cast<ReasonCode>(reader.byte());
    if (!reader.at_end()) read_properties(reader, Place::acknowledgement, packet.properties);
}

void read_request(Reader& reader, Version version, SubscriptionRequest& request) {
    request.filter = reader.text();
    const unsigned options = reader.byte();
    const unsigned qos = options & 3U;
    const unsigned handling = (options >> 4U) & 3U;
    const unsigned reserved = version == Version::v5 ? 0xC0U : 0xFCU;
    if (qos == 3 || handling == 3 || (options & reserved) != 0) reader.fail(ReasonCode::malformed_packet, "wrong subscription options");
    if (request.filter.empty() && reader.ok()) reader.fail(ReasonCode::malformed_packet, "an empty topic filter");
    request.qos = static_cast<Qos>(qos);
    request.no_local = (options & 4U) != 0;
    request.retain_as_published = (options & 8U) != 0;
    request.retain_handling = static_cast<std::uint8_t>(handling);
}

void read_subscribe(Reader& reader, Version version, Subscribe& packet) {
    packet.packet_id = read_packet_id(reader);
    if (version == Version::v5) read_properties(reader, Place::subscribe, packet.properties);
    if (reader.ok() && reader.at_end()) reader.fail(ReasonCode::protocol_error, "SUBSCRIBE without a topic filter");
    while (reader.ok() && !reader.at_end()) read_request(reader, version, packet.requests.emplace_back());
}

void read_unsubscribe(Reader& reader, Version version, Unsubscribe& packet) {
    packet.packet_id = read_packet_id(reader);
    if (version == Version::v5) read_properties(reader, Place::unsubscribe, packet.properties);
    if (reader.ok() && reader.at_end()) reader.fail(ReasonCode::protocol_error, "UNSUBSCRIBE without a topic filter");
    while (reader.ok() && !reader.at_end()) {
        packet.filters.push_back(reader.text());
        if (packet.filters.back().empty() && reader.ok()) reader.fail(ReasonCode::malformed_packet, "an empty topic filter");
    }
}

void read_reasons(Reader& reader, std::vector<ReasonCode>& reasons) {
    for (const char c : reader.take_rest()) reasons.push_back(static_cast<ReasonCode>(static_cast<unsigned char>(c)));
}

void read_suback(Reader& reader, Version version, Suback& packet) {
    packet.packet_id = read_packet_id(reader);
    if (version == Version::v5) read_properties(reader, Place::suback, packet.properties);
    if (reader.ok() && reader.at_end()) reader.fail(ReasonCode::malformed_packet, "SUBACK without a reason code");
    read_reasons(reader, packet.reasons);
}

void read_unsuback(Reader& reader, Version version, Unsuback& packet) {
    packet.packet_id = read_packet_id(reader);
    if (version == Version::v311) return;
    read_properties(reader, Place::unsuback, packet.properties);
    if (reader.ok() && reader.at_end()) reader.fail(ReasonCode::malformed_packet, "UNSUBACK without a reason code");
    read_reasons(reader, packet.reasons);
}

template <class ReasonedPacket>
void read_reasoned(Reader& reader, Place place, ReasonedPacket& packet) {
    if (reader.at_end()) return;
    packet.reason = static_cast<ReasonCode>(reader.byte());
    if (!reader.at_end()) read_properties(reader, place, packet.properties);
}

// `read` fills the packet; what is left over is malformed.
template <class P, class Read>
Decoded finish(Reader& reader, Read read) {
    P packet;
    read(packet);
    if (reader.ok() && !reader.at_end()) reader.fail(ReasonCode::malformed_packet, "bytes after the packet's end");
    if (!reader.ok()) return reader.error();
    return Packet(std::move(packet));
}

}  // namespace

Decoded decode(const Frame& frame, Version version) {
    Reader reader(frame.body);
    const bool v5 = version == Version::v5;
    switch (frame.type) {
        case PacketType::connect:
            return finish<Connect>(reader, [&](auto& packet) { read_connect(reader, packet); });
        case PacketType::connack:
            return finish<Connack>(reader, [&](auto& packet) { read_connack(reader, version, packet); });
        case PacketType::publish:
            return finish<Publish>(reader, [&](auto& packet) { read_publish(reader, frame.flags, version, packet); });
        case PacketType::puback:
            return finish<Puback>(reader, [&](auto& packet) { read_acknowledgement(reader, version, packet); });
        case PacketType::pubrec:
            return finish<Pubrec>(reader, [&](auto& packet) { read_acknowledgement(reader, version, packet); });
        case PacketType::pubrel:
            return finish<Pubrel>(reader, [&](auto& packet) { read_acknowledgement(reader, version, packet); });
        case PacketType::pubcomp:
            return finish<Pubcomp>(reader, [&](auto& packet) { read_acknowledgement(reader, version, packet); });
        case PacketType::subscribe:
            return finish<Subscribe>(reader, [&](auto& packet) { read_subscribe(reader, version, packet); });
        case PacketType::suback:
            return finish<Suback>(reader, [&](auto& packet) { read_suback(reader, version, packet); });
        case PacketType::unsubscribe:
            return finish<Unsubscribe>(reader, [&](auto& packet) { read_unsubscribe(reader, version, packet); });
        case PacketType::unsuback:
            return finish<Unsuback>(reader, [&](auto& packet) { read_unsuback(reader, version, packet); });
        case PacketType::pingreq:
            return finish<Pingreq>(reader, [](auto&) {});
        case PacketType::pingresp:
            return finish<Pingresp>(reader, [](auto&) {});
        case PacketType::disconnect:
            return finish<Disconnect>(reader, [&](auto& packet) {
                if (v5) read_reasoned(reader, Place::disconnect, packet);
            });
        case PacketType::auth:
            return finish<Auth>(reader, [&](auto& packet) {
                if (!v5) reader.fail(ReasonCode::protocol_error, "AUTH is not a packet of MQTT 3.1.1");
                read_reasoned(reader, Place::auth, packet);
            });
    }
    return DecodeError{ReasonCode::malformed_packet, "an unknown packet type"};
}

}  // namespace muster::wire

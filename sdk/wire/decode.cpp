// SPDX-License-Identifier: Apache-2.0
// From a frame to its packet; those whose bodies are more than a few bytes have files of their own (MQTT 5.0, chapter 3).
#include "wire/decode.hpp"

#include "wire/decode_parts.hpp"
#include "wire/reasons.hpp"

#include <utility>

namespace muster::wire {
namespace {

void read_connack(Reader& reader, Version version, Connack& packet) {
    const std::uint8_t flags = reader.byte();
    if (flags > 1) reader.fail(ReasonCode::malformed_packet, "reserved CONNACK flags");
    packet.session_present = flags == 1;
    if (version == Version::v5) {
        packet.reason = read_reason(reader, PacketType::connack);
        read_properties(reader, PropertyPlace::connack, packet.properties);
    } else {
        const std::uint8_t code = reader.byte();
        if (code > 5) reader.fail(ReasonCode::malformed_packet, "a reserved return code");
        packet.reason = static_cast<ReasonCode>(code);
    }
    // [MQTT-3.2.2-6]; [MQTT-3.2.2-4] of 3.1.1
    if (packet.session_present && packet.reason != ReasonCode::success)
        reader.fail(ReasonCode::protocol_error, "a refused connection with a session present");
}

// What is left out is 0x00 and no properties (section 3.4.2.1).
template <PacketType Type>
void read_acknowledgement(Reader& reader, Version version, Acknowledgement<Type>& packet) {
    packet.packet_id = read_packet_id(reader);
    if (version == Version::v311 || reader.at_end()) return;
    packet.reason = read_reason(reader, Type);
    if (!reader.at_end()) read_properties(reader, PropertyPlace::acknowledgement, packet.properties);
}

void read_disconnect(Reader& reader, Version version, Disconnect& packet) {
    if (version == Version::v311 || reader.at_end()) return;
    packet.reason = read_reason(reader, PacketType::disconnect);
    if (!reader.at_end()) read_properties(reader, PropertyPlace::disconnect, packet.properties);
}

// Only an empty AUTH may leave out its properties, and with them its method (section 3.15.2).
void read_auth(Reader& reader, Version version, Auth& packet) {
    if (version == Version::v311) return reader.fail(ReasonCode::protocol_error, "AUTH is not a packet of MQTT 3.1.1");
    if (reader.at_end()) return;
    packet.reason = read_reason(reader, PacketType::auth);
    read_properties(reader, PropertyPlace::auth, packet.properties);
    if (!packet.properties.authentication_method) reader.fail(ReasonCode::protocol_error, "AUTH without an authentication method");
}

// 3.1.1 does not ask for the shortest form, and clients of it are known to pad; 5.0 does [MQTT-1.5.5-1].
void check_header(Reader& reader, const Frame& frame, Version version) {
    const bool is_shortest = frame.total_size - frame.body.size() == 1 + variable_size(frame.body.size());
    if (version == Version::v5 && !is_shortest) reader.fail(ReasonCode::malformed_packet, "the remaining length is longer than it must be");
}

// `read` fills the packet; what is left over is malformed.
template <class P, class Read>
Decoded finish(const Frame& frame, Version version, std::size_t most_user_properties, Read read) {
    Reader reader(frame.body, most_user_properties);
    Decoded decoded(std::in_place_type<Packet>, std::in_place_type<P>);
    P& packet = *std::get_if<P>(std::get_if<Packet>(&decoded));
    if constexpr (!std::is_same_v<P, Connect>) check_header(reader, frame, version);
    read(reader, packet);
    if constexpr (std::is_same_v<P, Connect>) check_header(reader, frame, packet.version);
    if (!reader.at_end()) reader.fail(ReasonCode::malformed_packet, "bytes after the packet's end");
    if (!reader.ok()) decoded = reader.error();
    return decoded;
}

}  // namespace

PacketId read_packet_id(Reader& reader) {
    const PacketId id = reader.two_bytes();
    if (id == 0) reader.fail(ReasonCode::protocol_error, "packet identifier 0");
    return id;
}

ReasonCode read_reason(Reader& reader, PacketType packet) {
    const auto reason = static_cast<ReasonCode>(reader.byte());
    if (!may_stand(reason, packet)) reader.fail(ReasonCode::protocol_error, "a reason code that this packet does not have");
    return reason;
}

Decoded decode(const Frame& frame, Version version, std::size_t most_user_properties) {
    const auto nothing = [](Reader& /*reader*/, auto& /*packet*/) {};
    const auto acknowledgement = [version](Reader& reader, auto& packet) { read_acknowledgement(reader, version, packet); };
    switch (frame.type) {
        case PacketType::connect:
            return finish<Connect>(frame, version, most_user_properties,
                                   [](Reader& reader, auto& packet) { read_connect(reader, packet); });
        case PacketType::connack:
            return finish<Connack>(frame, version, most_user_properties,
                                   [&](Reader& reader, auto& packet) { read_connack(reader, version, packet); });
        case PacketType::publish:
            return finish<Publish>(frame, version, most_user_properties,
                                   [&](Reader& reader, auto& packet) { read_publish(reader, frame.flags, version, packet); });
        case PacketType::puback:
            return finish<Puback>(frame, version, most_user_properties, acknowledgement);
        case PacketType::pubrec:
            return finish<Pubrec>(frame, version, most_user_properties, acknowledgement);
        case PacketType::pubrel:
            return finish<Pubrel>(frame, version, most_user_properties, acknowledgement);
        case PacketType::pubcomp:
            return finish<Pubcomp>(frame, version, most_user_properties, acknowledgement);
        case PacketType::subscribe:
            return finish<Subscribe>(frame, version, most_user_properties,
                                     [&](Reader& reader, auto& packet) { read_subscribe(reader, version, packet); });
        case PacketType::suback:
            return finish<Suback>(frame, version, most_user_properties,
                                  [&](Reader& reader, auto& packet) { read_suback(reader, version, packet); });
        case PacketType::unsubscribe:
            return finish<Unsubscribe>(frame, version, most_user_properties,
                                       [&](Reader& reader, auto& packet) { read_unsubscribe(reader, version, packet); });
        case PacketType::unsuback:
            return finish<Unsuback>(frame, version, most_user_properties,
                                    [&](Reader& reader, auto& packet) { read_unsuback(reader, version, packet); });
        case PacketType::pingreq:
            return finish<Pingreq>(frame, version, most_user_properties, nothing);
        case PacketType::pingresp:
            return finish<Pingresp>(frame, version, most_user_properties, nothing);
        case PacketType::disconnect:
            return finish<Disconnect>(frame, version, most_user_properties,
                                      [&](Reader& reader, auto& packet) { read_disconnect(reader, version, packet); });
        case PacketType::auth:
            return finish<Auth>(frame, version, most_user_properties,
                                [&](Reader& reader, auto& packet) { read_auth(reader, version, packet); });
    }
    return DecodeError{ReasonCode::malformed_packet, "an unknown packet type"};
}

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// Every packet's bytes (MQTT 5.0 and 3.1.1, chapter 3).
#include "wire/encode.hpp"

#include "wire/writer.hpp"

namespace muster::wire {
namespace {

void put_frame(std::string& out, PacketType type, unsigned flags, std::string_view body) {
    put_byte(out, (static_cast<unsigned>(type) << 4U) | flags);
    put_variable(out, body.size());
    out += body;
}

std::string body_of(const Connect& packet) {
    const bool v5 = packet.version == Version::v5;
    std::string body;
    put_text(body, "MQTT");
    put_byte(body, static_cast<unsigned>(packet.version));
    unsigned flags = packet.clean_start ? 2U : 0U;
    if (packet.will) flags |= 4U | (static_cast<unsigned>(packet.will->qos) << 3U) | (packet.will->retain ? 32U : 0U);
    if (packet.password) flags |= 64U;
    if (packet.username) flags |= 128U;
    put_byte(body, flags);
    put_two(body, packet.keep_alive);
    if (v5) put_properties(body, packet.properties);
    put_text(body, packet.client_id);
    if (packet.will) {
        if (v5) put_properties(body, packet.will->properties);
        put_text(body, packet.will->topic);
        put_text(body, packet.will->payload);
    }
    if (packet.username) put_text(body, *packet.username);
    if (packet.password) put_text(body, *packet.password);
    return body;
}

std::string body_of(const Connack& packet, Version version) {
    std::string body;
    put_byte(body, packet.session_present ? 1U : 0U);
    put_byte(body, version == Version::v5 ? static_cast<unsigned>(packet.reason) : connack_code_v311(packet.reason));
    if (version == Version::v5) put_properties(body, packet.properties);
    return body;
}

template <PacketType Type>
std::string body_of(const Acknowledgement<Type>& packet, Version version) {
    std::string body;
    put_two(body, packet.packet_id);
    const bool properties = has_any(packet.properties);
    if (version == Version::v311 || (packet.reason == ReasonCode::success && !properties)) return body;
    put_byte(body, static_cast<unsigned>(packet.reason));
    if (properties) put_properties(body, packet.properties);
    return body;
}

std::string body_of(const Subscribe& packet, Version version) {
    const bool v5 = version == Version::v5;
    std::string body;
    put_two(body, packet.packet_id);
    if (v5) put_properties(body, packet.properties);
    for (const auto& request : packet.requests) {
        put_text(body, request.filter);
        unsigned options = static_cast<unsigned>(request.qos);
        if (v5)
            options |= (request.no_local ? 4U : 0U) | (request.retain_as_published ? 8U : 0U) |
                       (static_cast<unsigned>(request.retain_handling) << 4U);
        put_byte(body, options);
    }
    return body;
}

std::string body_of(const Suback& packet, Version version) {
    std::string body;
    put_two(body, packet.packet_id);
    if (version == Version::v5) put_properties(body, packet.properties);
    // 3.1.1 knows one failure (section 3.9.3).
    for (const auto reason : packet.reasons)
        put_byte(body, version == Version::v311 && is_failure(reason) ? 0x80U : static_cast<unsigned>(reason));
    return body;
}

std::string body_of(const Unsubscribe& packet, Version version) {
    std::string body;
    put_two(body, packet.packet_id);
    if (version == Version::v5) put_properties(body, packet.properties);
    for (const auto filter : packet.filters) put_text(body, filter);
    return body;
}

std::string body_of(const Unsuback& packet, Version version) {
    std::string body;
    put_two(body, packet.packet_id);
    if (version == Version::v311) return body;
    put_properties(body, packet.properties);
    for (const auto reason : packet.reasons) put_byte(body, static_cast<unsigned>(reason));
    return body;
}

template <class ReasonedPacket>
std::string body_of_reasoned(const ReasonedPacket& packet, Version version) {
    std::string body;
    const bool properties = has_any(packet.properties);
    if (version == Version::v311 || (packet.reason == ReasonCode::success && !properties)) return body;
    put_byte(body, static_cast<unsigned>(packet.reason));
    if (properties) put_properties(body, packet.properties);
    return body;
}

std::size_t variable_size(std::size_t value) {
    return value < 128 ? 1 : value < 16'384 ? 2 : value < 2'097'152 ? 3 : 4;
}

// Everything of a PUBLISH between the fixed header and the payload.
std::string head_of(const Publish& packet, Version version) {
    std::string head;
    put_text(head, packet.topic);
    if (packet.qos != Qos::at_most_once) put_two(head, packet.packet_id);
    if (version == Version::v5) put_properties(head, packet.properties);
    return head;
}

/// Appends whichever packet it is given.
struct Encoder {
    Version version;
    std::string& out;

    void operator()(const Connect& packet) const { put_frame(out, PacketType::connect, 0, body_of(packet)); }
    void operator()(const Connack& packet) const { put_frame(out, PacketType::connack, 0, body_of(packet, version)); }
    void operator()(const Publish& packet) const { encode(packet, version, out); }
    void operator()(const Puback& packet) const { put_frame(out, PacketType::puback, 0, body_of(packet, version)); }
    void operator()(const Pubrec& packet) const { put_frame(out, PacketType::pubrec, 0, body_of(packet, version)); }
    void operator()(const Pubrel& packet) const { put_frame(out, PacketType::pubrel, 2, body_of(packet, version)); }
    void operator()(const Pubcomp& packet) const { put_frame(out, PacketType::pubcomp, 0, body_of(packet, version)); }
    void operator()(const Subscribe& packet) const { put_frame(out, PacketType::subscribe, 2, body_of(packet, version)); }
    void operator()(const Suback& packet) const { put_frame(out, PacketType::suback, 0, body_of(packet, version)); }
    void operator()(const Unsubscribe& packet) const { put_frame(out, PacketType::unsubscribe, 2, body_of(packet, version)); }
    void operator()(const Unsuback& packet) const { put_frame(out, PacketType::unsuback, 0, body_of(packet, version)); }
    void operator()(const Pingreq& /*packet*/) const { put_frame(out, PacketType::pingreq, 0, {}); }
    void operator()(const Pingresp& /*packet*/) const { put_frame(out, PacketType::pingresp, 0, {}); }
    void operator()(const Disconnect& packet) const { put_frame(out, PacketType::disconnect, 0, body_of_reasoned(packet, version)); }
    void operator()(const Auth& packet) const { put_frame(out, PacketType::auth, 0, body_of_reasoned(packet, version)); }
};

}  // namespace

void encode(const Packet& packet, Version version, std::string& out) {
    std::visit(Encoder{version, out}, packet);
}

void encode(const Publish& packet, Version version, std::string& out) {
    const std::string head = head_of(packet, version);
    const unsigned flags = (packet.dup ? 8U : 0U) | (static_cast<unsigned>(packet.qos) << 1U) | (packet.retain ? 1U : 0U);
    put_byte(out, (static_cast<unsigned>(PacketType::publish) << 4U) | flags);
    put_variable(out, head.size() + packet.payload.size());
    out += head;
    out += packet.payload;
}

std::size_t encoded_size(const Publish& packet, Version version) {
    const std::size_t remaining = head_of(packet, version).size() + packet.payload.size();
    return 1 + variable_size(remaining) + remaining;
}

}  // namespace muster::wire

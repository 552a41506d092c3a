// SPDX-License-Identifier: Apache-2.0
// Every packet's bytes (MQTT 5.0 and 3.1.1, chapter 3). What decoding would refuse is a broken precondition here.
#include "wire/encode.hpp"

#include "wire/reasons.hpp"
#include "wire/writer.hpp"

#include <type_traits>

namespace muster::wire {
namespace {

using Place = PropertyPlace;

void check_qos(Qos qos) {
    MUSTER_REQUIRE(qos <= Qos::exactly_once);
}

// A failure that this packet has no reason for is told as what it is to the other side: unspecified. Reasons come from other packets'
// errors.
unsigned reason_byte(ReasonCode reason, PacketType packet) {
    if (may_stand(reason, packet)) return static_cast<unsigned>(reason);
    MUSTER_REQUIRE(is_failure(reason) && may_stand(ReasonCode::unspecified_error, packet));
    return static_cast<unsigned>(ReasonCode::unspecified_error);
}

template <class Out>
void put_packet_id(Out& out, PacketId id) {
    MUSTER_REQUIRE(id != 0);
    put_two(out, id);
}

template <class Out>
void put_topic(Out& out, std::string_view topic) {
    MUSTER_REQUIRE(is_topic_name(topic));
    put_text(out, topic);
}

unsigned flags_of(const Connect& packet) {
    unsigned flags = packet.clean_start ? 2U : 0U;
    if (packet.will) flags |= 4U | (static_cast<unsigned>(packet.will->qos) << 3U) | (packet.will->retain ? 32U : 0U);
    if (packet.password) flags |= 64U;
    if (packet.username) flags |= 128U;
    return flags;
}

template <class Out>
void put_body(Out& out, const Connect& packet, Version /*its own counts*/) {
    const bool v5 = packet.version == Version::v5;
    MUSTER_REQUIRE(v5 || packet.version == Version::v311);
    MUSTER_REQUIRE(v5 || packet.username || !packet.password);
    put_text(out, "MQTT");
    put_byte(out, static_cast<unsigned>(packet.version));
    put_byte(out, flags_of(packet));
    put_two(out, packet.keep_alive);
    if (v5) put_properties(out, Place::connect, packet.properties);
    put_text(out, packet.client_id);
    if (packet.will) {
        check_qos(packet.will->qos);
        if (v5) put_properties(out, Place::will, packet.will->properties);
        put_topic(out, packet.will->topic);
        put_binary(out, packet.will->payload);
    }
    if (packet.username) put_text(out, *packet.username);
    if (packet.password) put_binary(out, *packet.password);
}

template <class Out>
void put_body(Out& out, const Connack& packet, Version version) {
    MUSTER_REQUIRE(!packet.session_present || packet.reason == ReasonCode::success);
    put_byte(out, packet.session_present ? 1U : 0U);
    put_byte(out, version == Version::v5 ? reason_byte(packet.reason, PacketType::connack) : connack_code_v311(packet.reason));
    if (version == Version::v5) put_properties(out, Place::connack, packet.properties);
}

template <class Out>
void put_body(Out& out, const Publish& packet, Version version) {
    check_qos(packet.qos);
    MUSTER_REQUIRE(!packet.dup || packet.qos != Qos::at_most_once);
    MUSTER_REQUIRE(is_topic_name(packet.topic) || (packet.topic.empty() && version == Version::v5 && packet.properties.topic_alias));
    put_text(out, packet.topic);
    if (packet.qos != Qos::at_most_once) put_packet_id(out, packet.packet_id);
    if (version == Version::v5) put_properties(out, Place::publish, packet.properties);
    put_bytes(out, packet.payload);
}

// A reason of success and no properties are left out (section 3.4.2.1).
template <class Out>
void put_reason(Out& out, PacketType type, ReasonCode reason, Place place, const Properties& properties) {
    const bool has_properties = size_of(place, properties) != 0;
    if (reason == ReasonCode::success && !has_properties) return;
    put_byte(out, reason_byte(reason, type));
    if (has_properties) put_properties(out, place, properties);
}

template <class Out, PacketType Type>
void put_body(Out& out, const Acknowledgement<Type>& packet, Version version) {
    put_packet_id(out, packet.packet_id);
    if (version == Version::v5) put_reason(out, Type, packet.reason, Place::acknowledgement, packet.properties);
}

template <class Out>
void put_body(Out& out, const Subscribe& packet, Version version) {
    const bool v5 = version == Version::v5;
    MUSTER_REQUIRE(!packet.requests.empty());
    put_packet_id(out, packet.packet_id);
    if (v5) put_properties(out, Place::subscribe, packet.properties);
    for (const auto& request : packet.requests) {
        check_qos(request.qos);
        MUSTER_REQUIRE(!request.filter.empty());
        put_text(out, request.filter);
        unsigned options = static_cast<unsigned>(request.qos);
        if (v5) {
            MUSTER_REQUIRE(request.retain_handling <= 2 && !(request.no_local && is_shared(request.filter)));
            options |= (request.no_local ? 4U : 0U) | (request.retain_as_published ? 8U : 0U) |
                       (static_cast<unsigned>(request.retain_handling) << 4U);
        }
        put_byte(out, options);
    }
}

template <class Out>
void put_body(Out& out, const Suback& packet, Version version) {
    MUSTER_REQUIRE(!packet.reasons.empty());
    put_packet_id(out, packet.packet_id);
    if (version == Version::v5) put_properties(out, Place::suback, packet.properties);
    // 3.1.1 knows one failure (section 3.9.3).
    for (const auto reason : packet.reasons)
        put_byte(out, version == Version::v311 && is_failure(reason) ? 0x80U : reason_byte(reason, PacketType::suback));
}

template <class Out>
void put_body(Out& out, const Unsubscribe& packet, Version version) {
    MUSTER_REQUIRE(!packet.filters.empty());
    put_packet_id(out, packet.packet_id);
    if (version == Version::v5) put_properties(out, Place::unsubscribe, packet.properties);
    for (const auto filter : packet.filters) {
        MUSTER_REQUIRE(!filter.empty());
        put_text(out, filter);
    }
}

template <class Out>
void put_body(Out& out, const Unsuback& packet, Version version) {
    put_packet_id(out, packet.packet_id);
    if (version == Version::v311) return;
    MUSTER_REQUIRE(!packet.reasons.empty());
    put_properties(out, Place::unsuback, packet.properties);
    for (const auto reason : packet.reasons) put_byte(out, reason_byte(reason, PacketType::unsuback));
}

template <class Out>
void put_body(Out& /*out*/, const Pingreq& /*packet*/, Version /*version*/) {}
template <class Out>
void put_body(Out& /*out*/, const Pingresp& /*packet*/, Version /*version*/) {}

template <class Out>
void put_body(Out& out, const Disconnect& packet, Version version) {
    if (version == Version::v5) put_reason(out, PacketType::disconnect, packet.reason, Place::disconnect, packet.properties);
}

template <class Out>
void put_body(Out& out, const Auth& packet, Version version) {
    MUSTER_REQUIRE(version == Version::v5);
    const bool is_empty = packet.reason == ReasonCode::success && size_of(Place::auth, packet.properties) == 0;
    if (is_empty) return;
    MUSTER_REQUIRE(packet.properties.authentication_method);
    put_byte(out, reason_byte(packet.reason, PacketType::auth));
    put_properties(out, Place::auth, packet.properties);
}

// The type, and the flags that are fixed for it (section 2.1.3).
template <class P>
unsigned first_byte(PacketType type, const P& packet) {
    unsigned flags = type == PacketType::pubrel || type == PacketType::subscribe || type == PacketType::unsubscribe ? 2U : 0U;
    if constexpr (std::is_same_v<P, Publish>)
        flags = (packet.dup ? 8U : 0U) | (static_cast<unsigned>(packet.qos) << 1U) | (packet.retain ? 1U : 0U);
    return (static_cast<unsigned>(type) << 4U) | flags;
}

template <class P>
void put_packet(std::string& out, PacketType type, const P& packet, Version version) {
    Size size;
    put_body(size, packet, version);
    put_byte(out, first_byte(type, packet));
    put_variable(out, size.bytes);
    put_body(out, packet, version);
}

template <class P>
std::size_t whole_size(const P& packet, Version version) {
    Size size;
    put_body(size, packet, version);
    return 1 + variable_size(size.bytes) + size.bytes;
}

}  // namespace

void encode(const Packet& packet, Version version, std::string& out) {
    // The alternatives stand in the order of their types.
    const auto type = static_cast<PacketType>(packet.index() + 1);
    std::visit([&](const auto& one) { put_packet(out, type, one, version); }, packet);
}

void encode(const Publish& packet, Version version, std::string& out) {
    put_packet(out, PacketType::publish, packet, version);
}

std::size_t encoded_size(const Packet& packet, Version version) {
    return std::visit([&](const auto& one) { return whole_size(one, version); }, packet);
}

std::size_t encoded_size(const Publish& packet, Version version) {
    return whole_size(packet, version);
}

}  // namespace muster::wire

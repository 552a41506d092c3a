// SPDX-License-Identifier: Apache-2.0
// CONNECT (MQTT 5.0 and 3.1.1, section 3.1).
#include "wire/decode_parts.hpp"

namespace muster::wire {
namespace {

constexpr unsigned reserved_bit = 1;
constexpr unsigned clean_start_bit = 2;
constexpr unsigned will_bit = 4;
constexpr unsigned will_retain_bit = 32;
constexpr unsigned password_bit = 64;
constexpr unsigned username_bit = 128;

void read_will(Reader& reader, unsigned flags, Connect& connect) {
    Will& will = connect.will.emplace();
    if (connect.version == Version::v5) read_properties(reader, PropertyPlace::will, will.properties);
    will.topic = reader.text();
    will.payload = reader.binary();
    will.qos = static_cast<Qos>((flags >> 3U) & 3U);
    will.retain = (flags & will_retain_bit) != 0;
    if (!is_topic_name(will.topic)) reader.fail(ReasonCode::topic_name_invalid, "the will's topic is not a topic name");
}

void check_flags(Reader& reader, unsigned flags, Version version) {
    const unsigned will_qos = (flags >> 3U) & 3U;
    const bool has_will = (flags & will_bit) != 0;
    if ((flags & reserved_bit) != 0) reader.fail(ReasonCode::malformed_packet, "the reserved connect flag is set");
    if (will_qos == 3) reader.fail(ReasonCode::malformed_packet, "the will's QoS is 3");
    if (!has_will && (will_qos != 0 || (flags & will_retain_bit) != 0))
        reader.fail(ReasonCode::malformed_packet, "will flags without a will");
    const bool password_alone = (flags & password_bit) != 0 && (flags & username_bit) == 0;
    if (version == Version::v311 && password_alone) reader.fail(ReasonCode::malformed_packet, "a password without a user name");
}

}  // namespace

void read_connect(Reader& reader, Connect& connect) {
    const std::string_view name = reader.text();
    const std::uint8_t level = reader.byte();
    // MQTT 3.1 has another name and level 3.
    if (name != "MQTT") return reader.fail({ReasonCode::unsupported_protocol_version, "the protocol name is not MQTT", level});
    if (level != 4 && level != 5)
        return reader.fail({ReasonCode::unsupported_protocol_version, "the protocol version is neither 3.1.1 nor 5", level});
    connect.version = static_cast<Version>(level);
    const unsigned flags = reader.byte();
    check_flags(reader, flags, connect.version);
    connect.clean_start = (flags & clean_start_bit) != 0;
    connect.keep_alive = reader.two_bytes();
    if (connect.version == Version::v5) read_properties(reader, PropertyPlace::connect, connect.properties);
    connect.client_id = reader.text();
    if ((flags & will_bit) != 0) read_will(reader, flags, connect);
    if ((flags & username_bit) != 0) connect.username = reader.text();
    if ((flags & password_bit) != 0) connect.password = reader.binary();
}

}  // namespace muster::wire

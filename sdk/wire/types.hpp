// SPDX-License-Identifier: Apache-2.0
// The numbers of MQTT: versions, packet types, reason codes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace muster::wire {

/// Strings and binary data carry their length in two bytes (MQTT 5.0, section 1.5.4).
constexpr std::size_t max_string_bytes = 65'535;
/// Four bytes of seven bits (section 1.5.5); also of a remaining length.
constexpr std::size_t max_variable_byte_integer = 268'435'455;
/// More than this many in one packet cost a server memory without a use; the specification has no limit.
constexpr std::size_t max_user_properties = 64;

enum class Version : std::uint8_t { v311 = 4, v5 = 5 };

/// MQTT 5.0, section 2.1.2.
enum class PacketType : std::uint8_t {
    connect = 1,
    connack,
    publish,
    puback,
    pubrec,
    pubrel,
    pubcomp,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    pingreq,
    pingresp,
    disconnect,
    auth,
};

/// MQTT 5.0, section 2.4.
enum class ReasonCode : std::uint8_t {
    success = 0x00,
    granted_qos_1 = 0x01,
    granted_qos_2 = 0x02,
    disconnect_with_will = 0x04,
    no_matching_subscribers = 0x10,
    no_subscription_existed = 0x11,
    continue_authentication = 0x18,
    reauthenticate = 0x19,
    unspecified_error = 0x80,
    malformed_packet = 0x81,
    protocol_error = 0x82,
    implementation_specific_error = 0x83,
    unsupported_protocol_version = 0x84,
    client_identifier_not_valid = 0x85,
    bad_user_name_or_password = 0x86,
    not_authorized = 0x87,
    server_unavailable = 0x88,
    server_busy = 0x89,
    banned = 0x8A,
    server_shutting_down = 0x8B,
    bad_authentication_method = 0x8C,
    keep_alive_timeout = 0x8D,
    session_taken_over = 0x8E,
    topic_filter_invalid = 0x8F,
    topic_name_invalid = 0x90,
    packet_identifier_in_use = 0x91,
    packet_identifier_not_found = 0x92,
    receive_maximum_exceeded = 0x93,
    topic_alias_invalid = 0x94,
    packet_too_large = 0x95,
    message_rate_too_high = 0x96,
    quota_exceeded = 0x97,
    administrative_action = 0x98,
    payload_format_invalid = 0x99,
    retain_not_supported = 0x9A,
    qos_not_supported = 0x9B,
    use_another_server = 0x9C,
    server_moved = 0x9D,
    shared_subscriptions_not_supported = 0x9E,
    connection_rate_exceeded = 0x9F,
    maximum_connect_time = 0xA0,
    subscription_identifiers_not_supported = 0xA1,
    wildcard_subscriptions_not_supported = 0xA2,
};

[[nodiscard]] constexpr bool is_failure(ReasonCode code) noexcept {
    return static_cast<std::uint8_t>(code) >= 0x80U;
}

/// Bytes that are not the packet they claim to be: what to answer, and why.
struct DecodeError {
    ReasonCode reason = ReasonCode::malformed_packet;
    const char* what = "";            ///< A static text.
    std::uint8_t protocol_level = 0;  ///< With unsupported_protocol_version: which one the CONNECT asks for.
};

/// How many bytes a variable byte integer takes (MQTT 5.0, section 1.5.5).
[[nodiscard]] constexpr std::size_t variable_size(std::size_t value) noexcept {
    return value < 128 ? 1 : value < 16'384 ? 2 : value < 2'097'152 ? 3 : 4;
}

/// CONNACK return codes of MQTT 3.1.1, section 3.2.2.3, for a reason of MQTT 5.0.
[[nodiscard]] std::uint8_t connack_code_v311(ReasonCode reason) noexcept;

}  // namespace muster::wire

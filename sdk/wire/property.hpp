// SPDX-License-Identifier: Apache-2.0
// The identifiers of properties and where each may stand (MQTT 5.0, section 2.2.2.2).
#pragma once

#include <cstdint>

namespace muster::wire {

enum class PropertyId : std::uint8_t {
    payload_format_indicator = 0x01,
    message_expiry_interval = 0x02,
    content_type = 0x03,
    response_topic = 0x08,
    correlation_data = 0x09,
    subscription_identifier = 0x0B,
    session_expiry_interval = 0x11,
    assigned_client_identifier = 0x12,
    server_keep_alive = 0x13,
    authentication_method = 0x15,
    authentication_data = 0x16,
    request_problem_information = 0x17,
    will_delay_interval = 0x18,
    request_response_information = 0x19,
    response_information = 0x1A,
    server_reference = 0x1C,
    reason_string = 0x1F,
    receive_maximum = 0x21,
    topic_alias_maximum = 0x22,
    topic_alias = 0x23,
    maximum_qos = 0x24,
    retain_available = 0x25,
    user_property = 0x26,
    maximum_packet_size = 0x27,
    wildcard_subscription_available = 0x28,
    subscription_identifier_available = 0x29,
    shared_subscription_available = 0x2A,
};

/// Where a set of properties stands. PUBACK, PUBREC, PUBREL and PUBCOMP take the same.
enum class PropertyPlace : std::uint8_t {
    connect,
    will,
    connack,
    publish,
    acknowledgement,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    disconnect,
    auth
};

[[nodiscard]] constexpr unsigned bit(PropertyPlace place) noexcept {
    return 1U << static_cast<unsigned>(place);
}

/// Bits of the places in which a property may stand; 0 for a number that is no property. Table 2-4 of the specification.
[[nodiscard]] unsigned places_of(PropertyId id) noexcept;

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// MQTT packets as plain values. Text and payload are views: of the buffer a packet was decoded from, or of whatever the sender keeps.
#pragma once

#include "wire/types.hpp"

#include <muster/message.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace muster::wire {

using PacketId = std::uint16_t;

/// Every property of MQTT 5.0, section 2.2.2.2; which may stand in which packet is checked when decoding.
struct Properties {
    std::optional<std::uint8_t> payload_format_indicator;
    std::optional<std::uint32_t> message_expiry_interval;
    std::optional<std::string_view> content_type;
    std::optional<std::string_view> response_topic;
    std::optional<std::string_view> correlation_data;
    std::vector<std::uint32_t> subscription_identifiers;
    std::optional<std::uint32_t> session_expiry_interval;
    std::optional<std::string_view> assigned_client_identifier;
    std::optional<std::uint16_t> server_keep_alive;
    std::optional<std::string_view> authentication_method;
    std::optional<std::string_view> authentication_data;
    std::optional<std::uint8_t> request_problem_information;
    std::optional<std::uint32_t> will_delay_interval;
    std::optional<std::uint8_t> request_response_information;
    std::optional<std::string_view> response_information;
    std::optional<std::string_view> server_reference;
    std::optional<std::string_view> reason_string;
    std::optional<std::uint16_t> receive_maximum;
    std::optional<std::uint16_t> topic_alias_maximum;
    std::optional<std::uint16_t> topic_alias;
    std::optional<std::uint8_t> maximum_qos;
    std::optional<std::uint8_t> retain_available;
    std::vector<std::pair<std::string_view, std::string_view>> user_properties;
    std::optional<std::uint32_t> maximum_packet_size;
    std::optional<std::uint8_t> wildcard_subscription_available;
    std::optional<std::uint8_t> subscription_identifier_available;
    std::optional<std::uint8_t> shared_subscription_available;
};

struct Will {
    std::string_view topic;
    std::string_view payload;
    Qos qos = Qos::at_most_once;
    bool retain = false;
    Properties properties;
};

struct Connect {
    Version version = Version::v5;
    bool clean_start = true;
    std::uint16_t keep_alive = 0;
    std::string_view client_id;
    std::optional<Will> will;
    std::optional<std::string_view> username;
    std::optional<std::string_view> password;
    Properties properties;
};

struct Connack {
    bool session_present = false;
    ReasonCode reason = ReasonCode::success;  ///< Encoded for 3.1.1 as its return code; decoded from 3.1.1 it is that code, 0 to 5.
    Properties properties;
};

struct Publish {
    bool dup = false;
    Qos qos = Qos::at_most_once;
    bool retain = false;
    std::string_view topic;
    PacketId packet_id = 0;  ///< 0 with QoS 0.
    Properties properties;
    std::string_view payload;
};

/// PUBACK, PUBREC, PUBREL and PUBCOMP differ in their type only.
template <PacketType Type>
struct Acknowledgement {
    static constexpr PacketType type = Type;
    PacketId packet_id = 0;
    ReasonCode reason = ReasonCode::success;
    Properties properties;
};
using Puback = Acknowledgement<PacketType::puback>;
using Pubrec = Acknowledgement<PacketType::pubrec>;
using Pubrel = Acknowledgement<PacketType::pubrel>;
using Pubcomp = Acknowledgement<PacketType::pubcomp>;

struct SubscriptionRequest {
    std::string_view filter;
    Qos qos = Qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    std::uint8_t retain_handling = 0;  ///< 0 to 2
};

struct Subscribe {
    PacketId packet_id = 0;
    Properties properties;
    std::vector<SubscriptionRequest> requests;
};

struct Suback {
    PacketId packet_id = 0;
    Properties properties;
    std::vector<ReasonCode> reasons;
};

struct Unsubscribe {
    PacketId packet_id = 0;
    Properties properties;
    std::vector<std::string_view> filters;
};

struct Unsuback {
    PacketId packet_id = 0;
    Properties properties;
    std::vector<ReasonCode> reasons;  ///< Empty in 3.1.1.
};

struct Pingreq {};
struct Pingresp {};

struct Disconnect {
    ReasonCode reason = ReasonCode::success;
    Properties properties;
};

struct Auth {
    ReasonCode reason = ReasonCode::success;
    Properties properties;
};

using Packet = std::variant<Connect, Connack, Publish, Puback, Pubrec, Pubrel, Pubcomp, Subscribe, Suback, Unsubscribe, Unsuback, Pingreq,
                            Pingresp, Disconnect, Auth>;

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// Table 2-6 of MQTT 5.0.
#include "wire/reasons.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace muster::wire {
namespace {

constexpr unsigned bit(PacketType type) {
    return 1U << static_cast<unsigned>(type);
}

constexpr unsigned connack = bit(PacketType::connack);
constexpr unsigned received = bit(PacketType::puback) | bit(PacketType::pubrec);
constexpr unsigned released = bit(PacketType::pubrel) | bit(PacketType::pubcomp);
constexpr unsigned suback = bit(PacketType::suback);
constexpr unsigned unsuback = bit(PacketType::unsuback);
constexpr unsigned disconnect = bit(PacketType::disconnect);
constexpr unsigned auth = bit(PacketType::auth);

struct Entry {
    ReasonCode code;
    std::string_view name;
    unsigned packets;
};

constexpr std::array table{
    Entry{ReasonCode::success, "success", connack | received | released | suback | unsuback | disconnect | auth},
    Entry{ReasonCode::granted_qos_1, "granted_qos_1", suback},
    Entry{ReasonCode::granted_qos_2, "granted_qos_2", suback},
    Entry{ReasonCode::disconnect_with_will, "disconnect_with_will", disconnect},
    Entry{ReasonCode::no_matching_subscribers, "no_matching_subscribers", received},
    Entry{ReasonCode::no_subscription_existed, "no_subscription_existed", unsuback},
    Entry{ReasonCode::continue_authentication, "continue_authentication", auth},
    Entry{ReasonCode::reauthenticate, "reauthenticate", auth},
    Entry{ReasonCode::unspecified_error, "unspecified_error", connack | received | suback | unsuback | disconnect},
    Entry{ReasonCode::malformed_packet, "malformed_packet", connack | disconnect},
    Entry{ReasonCode::protocol_error, "protocol_error", connack | disconnect},
    Entry{ReasonCode::implementation_specific_error, "implementation_specific_error", connack | received | suback | unsuback | disconnect},
    Entry{ReasonCode::unsupported_protocol_version, "unsupported_protocol_version", connack},
    Entry{ReasonCode::client_identifier_not_valid, "client_identifier_not_valid", connack},
    Entry{ReasonCode::bad_user_name_or_password, "bad_user_name_or_password", connack},
    Entry{ReasonCode::not_authorized, "not_authorized", connack | received | suback | unsuback | disconnect},
    Entry{ReasonCode::server_unavailable, "server_unavailable", connack},
    Entry{ReasonCode::server_busy, "server_busy", connack | disconnect},
    Entry{ReasonCode::banned, "banned", connack},
    Entry{ReasonCode::server_shutting_down, "server_shutting_down", disconnect},
    Entry{ReasonCode::bad_authentication_method, "bad_authentication_method", connack | disconnect},
    Entry{ReasonCode::keep_alive_timeout, "keep_alive_timeout", disconnect},
    Entry{ReasonCode::session_taken_over, "session_taken_over", disconnect},
    Entry{ReasonCode::topic_filter_invalid, "topic_filter_invalid", suback | unsuback | disconnect},
    Entry{ReasonCode::topic_name_invalid, "topic_name_invalid", connack | received | disconnect},
    Entry{ReasonCode::packet_identifier_in_use, "packet_identifier_in_use", received | suback | unsuback},
    Entry{ReasonCode::packet_identifier_not_found, "packet_identifier_not_found", released},
    Entry{ReasonCode::receive_maximum_exceeded, "receive_maximum_exceeded", disconnect},
    Entry{ReasonCode::topic_alias_invalid, "topic_alias_invalid", disconnect},
    Entry{ReasonCode::packet_too_large, "packet_too_large", connack | disconnect},
    Entry{ReasonCode::message_rate_too_high, "message_rate_too_high", disconnect},
    Entry{ReasonCode::quota_exceeded, "quota_exceeded", connack | received | suback | disconnect},
    Entry{ReasonCode::administrative_action, "administrative_action", disconnect},
    Entry{ReasonCode::payload_format_invalid, "payload_format_invalid", connack | received | disconnect},
    Entry{ReasonCode::retain_not_supported, "retain_not_supported", connack | disconnect},
    Entry{ReasonCode::qos_not_supported, "qos_not_supported", connack | disconnect},
    Entry{ReasonCode::use_another_server, "use_another_server", connack | disconnect},
    Entry{ReasonCode::server_moved, "server_moved", connack | disconnect},
    Entry{ReasonCode::shared_subscriptions_not_supported, "shared_subscriptions_not_supported", suback | disconnect},
    Entry{ReasonCode::connection_rate_exceeded, "connection_rate_exceeded", connack | disconnect},
    Entry{ReasonCode::maximum_connect_time, "maximum_connect_time", disconnect},
    Entry{ReasonCode::subscription_identifiers_not_supported, "subscription_identifiers_not_supported", suback | disconnect},
    Entry{ReasonCode::wildcard_subscriptions_not_supported, "wildcard_subscriptions_not_supported", suback | disconnect},
};

const Entry* find(ReasonCode code) {
    const auto* const found = std::find_if(table.begin(), table.end(), [code](const Entry& entry) { return entry.code == code; });
    return found == table.end() ? nullptr : found;
}

// What two spellings of a name have in common.
std::string bare(std::string_view name) {
    std::string letters;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) letters += c;
    }
    return letters;
}

}  // namespace

std::string_view name_of(ReasonCode code) noexcept {
    const Entry* const entry = find(code);
    return entry == nullptr ? "unknown" : entry->name;
}

std::optional<ReasonCode> reason_named(std::string_view name) {
    const std::string wanted = bare(name);
    const auto* const found = std::find_if(table.begin(), table.end(), [&](const Entry& entry) { return bare(entry.name) == wanted; });
    return found == table.end() ? std::nullopt : std::optional(found->code);
}

bool may_stand(ReasonCode code, PacketType packet) noexcept {
    const Entry* const entry = find(code);
    return entry != nullptr && (entry->packets & bit(packet)) != 0;
}

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// The properties of MQTT 5.0, in the order of their identifiers.
#include "wire/writer.hpp"

namespace muster::wire {
namespace {

void put(std::string& out, unsigned id, const std::optional<std::uint8_t>& value) {
    if (!value) return;
    put_byte(out, id);
    put_byte(out, *value);
}
void put(std::string& out, unsigned id, const std::optional<std::uint16_t>& value) {
    if (!value) return;
    put_byte(out, id);
    put_two(out, *value);
}
void put(std::string& out, unsigned id, const std::optional<std::uint32_t>& value) {
    if (!value) return;
    put_byte(out, id);
    put_four(out, *value);
}
void put(std::string& out, unsigned id, const std::optional<std::string_view>& value) {
    if (!value) return;
    put_byte(out, id);
    put_text(out, *value);
}

std::string body_of(const Properties& from) {
    std::string out;
    put(out, 0x01, from.payload_format_indicator);
    put(out, 0x02, from.message_expiry_interval);
    put(out, 0x03, from.content_type);
    put(out, 0x08, from.response_topic);
    put(out, 0x09, from.correlation_data);
    for (const std::uint32_t id : from.subscription_identifiers) {
        put_byte(out, 0x0B);
        put_variable(out, id);
    }
    put(out, 0x11, from.session_expiry_interval);
    put(out, 0x12, from.assigned_client_identifier);
    put(out, 0x13, from.server_keep_alive);
    put(out, 0x15, from.authentication_method);
    put(out, 0x16, from.authentication_data);
    put(out, 0x17, from.request_problem_information);
    put(out, 0x18, from.will_delay_interval);
    put(out, 0x19, from.request_response_information);
    put(out, 0x1A, from.response_information);
    put(out, 0x1C, from.server_reference);
    put(out, 0x1F, from.reason_string);
    put(out, 0x21, from.receive_maximum);
    put(out, 0x22, from.topic_alias_maximum);
    put(out, 0x23, from.topic_alias);
    put(out, 0x24, from.maximum_qos);
    put(out, 0x25, from.retain_available);
    for (const auto& [name, value] : from.user_properties) {
        put_byte(out, 0x26);
        put_text(out, name);
        put_text(out, value);
    }
    put(out, 0x27, from.maximum_packet_size);
    put(out, 0x28, from.wildcard_subscription_available);
    put(out, 0x29, from.subscription_identifier_available);
    put(out, 0x2A, from.shared_subscription_available);
    return out;
}

}  // namespace

bool has_any(const Properties& properties) {
    return !body_of(properties).empty();
}

void put_properties(std::string& out, const Properties& properties) {
    const std::string body = body_of(properties);
    put_variable(out, body.size());
    out += body;
}

}  // namespace muster::wire

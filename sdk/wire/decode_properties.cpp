// SPDX-License-Identifier: Apache-2.0
// The properties of MQTT 5.0: each once, in its places, with its values (section 2.2.2.2).
#include "wire/decode_parts.hpp"

namespace muster::wire {
namespace {

using Place = PropertyPlace;

template <class T>
void set_once(Reader& reader, std::optional<T>& target, T value) {
    if (target) reader.fail(ReasonCode::protocol_error, "a property stands twice");
    target = value;
}

template <class T>
void set_nonzero(Reader& reader, std::optional<T>& target, T value) {
    if (value == 0) reader.fail(ReasonCode::protocol_error, "a property is 0 that must not be");
    set_once(reader, target, value);
}

void set_flag(Reader& reader, std::optional<std::uint8_t>& target) {
    const std::uint8_t value = reader.byte();
    if (value > 1) reader.fail(ReasonCode::protocol_error, "a property must be 0 or 1");
    set_once(reader, target, value);
}

void read_subscription_identifier(Reader& reader, Place place, Properties& to) {
    const std::uint32_t value = reader.variable_byte_integer();
    if (value == 0) reader.fail(ReasonCode::protocol_error, "the subscription identifier is 0");
    if (place == Place::subscribe && !to.subscription_identifiers.empty())
        reader.fail(ReasonCode::protocol_error, "a property stands twice");
    to.subscription_identifiers.push_back(value);
}

void read_response_topic(Reader& reader, Properties& to) {
    const std::string_view topic = reader.text();
    if (!is_topic_name(topic)) reader.fail(ReasonCode::topic_name_invalid, "the response topic is not a topic name");  // [MQTT-3.3.2-14]
    set_once(reader, to.response_topic, topic);
}

void read_user_property(Reader& reader, Properties& to) {
    if (to.user_properties.size() == reader.most_user_properties()) reader.fail(ReasonCode::quota_exceeded, "too many user properties");
    const std::string_view name = reader.text();
    to.user_properties.emplace_back(name, reader.text());
}

void read_property(Reader& reader, PropertyId id, Place place, Properties& to) {
    switch (id) {
        case PropertyId::payload_format_indicator:
            return set_flag(reader, to.payload_format_indicator);
        case PropertyId::message_expiry_interval:
            return set_once(reader, to.message_expiry_interval, reader.four_bytes());
        case PropertyId::content_type:
            return set_once(reader, to.content_type, reader.text());
        case PropertyId::response_topic:
            return read_response_topic(reader, to);
        case PropertyId::correlation_data:
            return set_once(reader, to.correlation_data, reader.binary());
        case PropertyId::subscription_identifier:
            return read_subscription_identifier(reader, place, to);
        case PropertyId::session_expiry_interval:
            return set_once(reader, to.session_expiry_interval, reader.four_bytes());
        case PropertyId::assigned_client_identifier:
            return set_once(reader, to.assigned_client_identifier, reader.text());
        case PropertyId::server_keep_alive:
            return set_once(reader, to.server_keep_alive, reader.two_bytes());
        case PropertyId::authentication_method:
            return set_once(reader, to.authentication_method, reader.text());
        case PropertyId::authentication_data:
            return set_once(reader, to.authentication_data, reader.binary());
        case PropertyId::request_problem_information:
            return set_flag(reader, to.request_problem_information);
        case PropertyId::will_delay_interval:
            return set_once(reader, to.will_delay_interval, reader.four_bytes());
        case PropertyId::request_response_information:
            return set_flag(reader, to.request_response_information);
        case PropertyId::response_information:
            return set_once(reader, to.response_information, reader.text());
        case PropertyId::server_reference:
            return set_once(reader, to.server_reference, reader.text());
        case PropertyId::reason_string:
            return set_once(reader, to.reason_string, reader.text());
        case PropertyId::receive_maximum:
            return set_nonzero(reader, to.receive_maximum, reader.two_bytes());
        case PropertyId::topic_alias_maximum:
            return set_once(reader, to.topic_alias_maximum, reader.two_bytes());
        case PropertyId::topic_alias:
            return set_once(reader, to.topic_alias, reader.two_bytes());
        case PropertyId::maximum_qos:
            return set_flag(reader, to.maximum_qos);
        case PropertyId::retain_available:
            return set_flag(reader, to.retain_available);
        case PropertyId::user_property:
            return read_user_property(reader, to);
        case PropertyId::maximum_packet_size:
            return set_nonzero(reader, to.maximum_packet_size, reader.four_bytes());
        case PropertyId::wildcard_subscription_available:
            return set_flag(reader, to.wildcard_subscription_available);
        case PropertyId::subscription_identifier_available:
            return set_flag(reader, to.subscription_identifier_available);
        case PropertyId::shared_subscription_available:
            return set_flag(reader, to.shared_subscription_available);
    }
}

}  // namespace

void read_properties(Reader& reader, Place place, Properties& properties) {
    const std::uint32_t length = reader.variable_byte_integer();
    if (length == 0) return;
    Reader inner(reader.take(length), reader.most_user_properties());
    while (!inner.at_end()) {
        // Every identifier is below 128; a longer one is none (section 2.2.2.2).
        const std::uint32_t number = inner.variable_byte_integer();
        const auto id = static_cast<PropertyId>(number);
        const unsigned places = number < 128 ? places_of(id) : 0;
        if (places == 0) {
            inner.fail(ReasonCode::malformed_packet, "an unknown property");
        } else if ((places & bit(place)) == 0) {
            inner.fail(ReasonCode::malformed_packet, "a property that may not stand in this packet");  // Section 2.2.2.2.
        } else {
            read_property(inner, id, place, properties);
        }
    }
    if (properties.authentication_data && !properties.authentication_method)
        inner.fail(ReasonCode::protocol_error, "authentication data without a method");
    if (!inner.ok()) reader.fail(inner.error());
}

}  // namespace muster::wire

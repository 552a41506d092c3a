// SPDX-License-Identifier: Apache-2.0
// The properties of MQTT 5.0: each once, in its places, with its values (section 2.2.2.2).
#include "wire/decode_parts.hpp"

namespace muster::wire {
namespace {

using Place = PropertyPlace;

// More than this many cost memory without a use.
constexpr std::size_t max_user_properties = 64;

constexpr unsigned bit(Place place) {
    return 1U << static_cast<unsigned>(place);
}

// Bits of the places in which a property may stand; 0 for an unknown one. Table 2-4 of the specification.
unsigned places_of(std::uint32_t id) {
    constexpr unsigned message = bit(Place::publish) | bit(Place::will);
    constexpr unsigned everywhere = 0x7FFU;
    switch (id) {
        case 0x01:
        case 0x02:
        case 0x03:
        case 0x08:
        case 0x09:
            return message;
        case 0x0B:
            return bit(Place::publish) | bit(Place::subscribe);
        case 0x11:
            return bit(Place::connect) | bit(Place::connack) | bit(Place::disconnect);
        case 0x12:
        case 0x13:
        case 0x1A:
        case 0x24:
        case 0x25:
        case 0x28:
        case 0x29:
        case 0x2A:
            return bit(Place::connack);
        case 0x15:
        case 0x16:
            return bit(Place::connect) | bit(Place::connack) | bit(Place::auth);
        case 0x17:
        case 0x19:
            return bit(Place::connect);
        case 0x18:
            return bit(Place::will);
        case 0x1C:
            return bit(Place::connack) | bit(Place::disconnect);
        case 0x1F:
            return bit(Place::connack) | bit(Place::acknowledgement) | bit(Place::suback) | bit(Place::unsuback) | bit(Place::disconnect) |
                   bit(Place::auth);
        case 0x21:
        case 0x22:
        case 0x27:
            return bit(Place::connect) | bit(Place::connack);
        case 0x23:
            return bit(Place::publish);
        case 0x26:
            return everywhere;
        default:
            return 0;
    }
}

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

void read_user_property(Reader& reader, Properties& to) {
    if (to.user_properties.size() == max_user_properties) reader.fail(ReasonCode::quota_exceeded, "more than 64 user properties");
    const std::string_view name = reader.text();
    to.user_properties.emplace_back(name, reader.text());
}

void read_property(Reader& reader, std::uint32_t id, Place place, Properties& to) {
    switch (id) {
        case 0x01:
            return set_flag(reader, to.payload_format_indicator);
        case 0x02:
            return set_once(reader, to.message_expiry_interval, reader.four_bytes());
        case 0x03:
            return set_once(reader, to.content_type, reader.text());
        case 0x08:
            return set_once(reader, to.response_topic, reader.text());
        case 0x09:
            return set_once(reader, to.correlation_data, reader.binary());
        case 0x0B:
            return read_subscription_identifier(reader, place, to);
        case 0x11:
            return set_once(reader, to.session_expiry_interval, reader.four_bytes());
        case 0x12:
            return set_once(reader, to.assigned_client_identifier, reader.text());
        case 0x13:
            return set_once(reader, to.server_keep_alive, reader.two_bytes());
        case 0x15:
            return set_once(reader, to.authentication_method, reader.text());
        case 0x16:
            return set_once(reader, to.authentication_data, reader.binary());
        case 0x17:
            return set_flag(reader, to.request_problem_information);
        case 0x18:
            return set_once(reader, to.will_delay_interval, reader.four_bytes());
        case 0x19:
            return set_flag(reader, to.request_response_information);
        case 0x1A:
            return set_once(reader, to.response_information, reader.text());
        case 0x1C:
            return set_once(reader, to.server_reference, reader.text());
        case 0x1F:
            return set_once(reader, to.reason_string, reader.text());
        case 0x21:
            return set_nonzero(reader, to.receive_maximum, reader.two_bytes());
        case 0x22:
            return set_once(reader, to.topic_alias_maximum, reader.two_bytes());
        case 0x23:
            return set_once(reader, to.topic_alias, reader.two_bytes());
        case 0x24:
            return set_flag(reader, to.maximum_qos);
        case 0x25:
            return set_flag(reader, to.retain_available);
        case 0x26:
            return read_user_property(reader, to);
        case 0x27:
            return set_nonzero(reader, to.maximum_packet_size, reader.four_bytes());
        case 0x28:
            return set_flag(reader, to.wildcard_subscription_available);
        case 0x29:
            return set_flag(reader, to.subscription_identifier_available);
        default:
            return set_flag(reader, to.shared_subscription_available);
    }
}

}  // namespace

void read_properties(Reader& reader, Place place, Properties& properties) {
    Reader inner(reader.take(reader.variable_byte_integer()));
    while (inner.ok() && !inner.at_end()) {
        const std::uint32_t id = inner.variable_byte_integer();
        const unsigned places = places_of(id);
        if (places == 0) inner.fail(ReasonCode::malformed_packet, "an unknown property");
        if ((places & bit(place)) == 0) inner.fail(ReasonCode::protocol_error, "a property that may not stand in this packet");
        if (inner.ok()) read_property(inner, id, place, properties);
    }
    if (!inner.ok()) reader.fail(inner.error().reason, inner.error().what);
}

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// Table 2-4 of MQTT 5.0.
#include "wire/property.hpp"

namespace muster::wire {

unsigned places_of(PropertyId id) noexcept {
    using Place = PropertyPlace;
    constexpr unsigned handshake = bit(Place::connect) | bit(Place::connack);
    constexpr unsigned answers = bit(Place::connack) | bit(Place::acknowledgement) | bit(Place::suback) | bit(Place::unsuback) |
                                 bit(Place::disconnect) | bit(Place::auth);
    switch (id) {
        case PropertyId::payload_format_indicator:
        case PropertyId::message_expiry_interval:
        case PropertyId::content_type:
        case PropertyId::response_topic:
        case PropertyId::correlation_data:
            return bit(Place::publish) | bit(Place::will);
        case PropertyId::subscription_identifier:
            return bit(Place::publish) | bit(Place::subscribe);
        case PropertyId::session_expiry_interval:
            return handshake | bit(Place::disconnect);
        case PropertyId::assigned_client_identifier:
        case PropertyId::server_keep_alive:
        case PropertyId::response_information:
        case PropertyId::maximum_qos:
        case PropertyId::retain_available:
        case PropertyId::wildcard_subscription_available:
        case PropertyId::subscription_identifier_available:
        case PropertyId::shared_subscription_available:
            return bit(Place::connack);
        case PropertyId::authentication_method:
        case PropertyId::authentication_data:
            return handshake | bit(Place::auth);
        case PropertyId::request_problem_information:
        case PropertyId::request_response_information:
            return bit(Place::connect);
        case PropertyId::will_delay_interval:
            return bit(Place::will);
        case PropertyId::server_reference:
            return bit(Place::connack) | bit(Place::disconnect);
        case PropertyId::reason_string:
            return answers;
        case PropertyId::receive_maximum:
        case PropertyId::topic_alias_maximum:
        case PropertyId::maximum_packet_size:
            return handshake;
        case PropertyId::topic_alias:
            return bit(Place::publish);
        case PropertyId::user_property:
            return (bit(Place::auth) << 1U) - 1U;  // Everywhere.
    }
    return 0;
}

}  // namespace muster::wire

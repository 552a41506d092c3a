// SPDX-License-Identifier: Apache-2.0
// What a broker says besides its refusal.
#include "transport/paho_hints.hpp"

#include "transport/mqtt_reasons.hpp"
#include "transport/paho_properties.hpp"

namespace muster::transport {

void ask_for_hints(mqtt::properties& connect) {
    connect.add({mqtt::property::USER_PROPERTY, "refuse-with", "disconnect"});
}

bool is_refusal_to_follow(const mqtt::properties& connack) {
    return user_property(connack, "refused").has_value();
}

void take_hints(const mqtt::properties& disconnect, LinkDown& down) {
    if (disconnect.contains(mqtt::property::SERVER_REFERENCE))
        down.server_reference = mqtt::get<std::string>(disconnect, mqtt::property::SERVER_REFERENCE);
    if (const auto text = user_property(disconnect, "retry-after")) take_retry_after(*text, down);
}

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// Messages as Paho has them.
#include "transport/paho_message.hpp"

#include <algorithm>
#include <cstdint>

namespace muster::transport {

mqtt::message_ptr to_packet(const Message& message) {
    auto packet = mqtt::make_message(message.topic, message.payload, static_cast<int>(message.qos), message.retain);
    if (!message.expires_after) return packet;
    // Paho takes the four bytes as a signed number.
    const auto seconds = std::clamp<std::int64_t>(message.expires_after->count(), 0, UINT32_MAX);
    mqtt::properties properties;
    properties.add({mqtt::property::MESSAGE_EXPIRY_INTERVAL, static_cast<std::int32_t>(static_cast<std::uint32_t>(seconds))});
    packet->set_properties(properties);
    return packet;
}

Message from_packet(const mqtt::message& packet) {
    Message message{packet.get_topic(), packet.get_payload_str(), static_cast<Qos>(packet.get_qos()), packet.is_retained()};
    const auto& properties = packet.get_properties();
    if (properties.contains(mqtt::property::MESSAGE_EXPIRY_INTERVAL)) {
        const auto seconds = mqtt::get<std::int32_t>(properties, mqtt::property::MESSAGE_EXPIRY_INTERVAL);
        message.expires_after = std::chrono::seconds(static_cast<std::uint32_t>(seconds));
    }
    return message;
}

}  // namespace muster::transport

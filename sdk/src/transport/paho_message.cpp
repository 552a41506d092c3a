// SPDX-License-Identifier: Apache-2.0
// Messages as Paho has them.
#include "transport/paho_message.hpp"

#include "base/message_properties.hpp"
#include "transport/paho_properties.hpp"

#include <muster/transport.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace muster::transport {
namespace {

void add_properties(const MessageProperties& from, mqtt::properties& to) {
    if (from.is_utf8) to.add({mqtt::property::PAYLOAD_FORMAT_INDICATOR, 1});
    if (!from.content_type.empty()) to.add({mqtt::property::CONTENT_TYPE, from.content_type});
    if (!from.response_topic.empty()) to.add({mqtt::property::RESPONSE_TOPIC, from.response_topic});
    if (!from.correlation_data.empty()) to.add({mqtt::property::CORRELATION_DATA, from.correlation_data});
    for (const auto& [name, value] : from.user) to.add({mqtt::property::USER_PROPERTY, name, value});
}

MQTTLenString borrowed(std::string_view text) {
    return {static_cast<int>(text.size()), const_cast<char*>(text.data())};
}

// Nearly every message has its id and nothing else: in Paho's own structures it is copied once, through its objects four times.
mqtt::properties with_id_alone(std::string_view id) {
    MQTTProperty user{};
    user.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
    user.value.data = borrowed(message_id_property);
    user.value.value = borrowed(id);
    MQTTProperties list{};
    list.count = list.max_count = 1;
    list.array = &user;
    return mqtt::properties(list);
}

std::string text_of(const mqtt::properties& properties, mqtt::property::code code) {
    return properties.contains(code) ? mqtt::get<std::string>(properties, code) : std::string();
}

std::shared_ptr<const MessageProperties> read_properties(const mqtt::properties& from) {
    if (from.empty()) return nullptr;
    MessageProperties read;
    read.content_type = text_of(from, mqtt::property::CONTENT_TYPE);
    read.response_topic = text_of(from, mqtt::property::RESPONSE_TOPIC);
    read.correlation_data = text_of(from, mqtt::property::CORRELATION_DATA);
    read.is_utf8 = from.contains(mqtt::property::PAYLOAD_FORMAT_INDICATOR) &&
                   mqtt::get<std::uint8_t>(from, mqtt::property::PAYLOAD_FORMAT_INDICATOR) == 1;
    for (std::size_t i = 0; i < from.count(mqtt::property::USER_PROPERTY); ++i) {
        auto [name, value] = mqtt::get<mqtt::string_pair>(from, mqtt::property::USER_PROPERTY, i);
        if (name != message_id_property) read.user.push_back({std::move(name), std::move(value)});  // That is Message::message_id.
    }
    if (base::encoded_size(read) == 0) return nullptr;
    return std::make_shared<const MessageProperties>(std::move(read));
}

}  // namespace

mqtt::message_ptr to_packet(const Message& message) {
    auto packet = mqtt::make_message(message.topic, message.payload, static_cast<int>(message.qos), message.retain);
    if (!message.expires_after && !message.properties) {
        if (!message.message_id.empty()) packet->set_properties(with_id_alone(message.message_id));
        return packet;
    }
    mqtt::properties properties;
    if (message.expires_after) {
        // Paho takes the four bytes as a signed number.
        const auto seconds = std::clamp<std::int64_t>(message.expires_after->count(), 0, UINT32_MAX);
        properties.add({mqtt::property::MESSAGE_EXPIRY_INTERVAL, static_cast<std::int32_t>(static_cast<std::uint32_t>(seconds))});
    }
    if (message.properties) add_properties(*message.properties, properties);
    if (!message.message_id.empty()) properties.add({mqtt::property::USER_PROPERTY, message_id_property, message.message_id});
    if (!properties.empty()) packet->set_properties(std::move(properties));
    return packet;
}

Arrival from_packet(const mqtt::message& packet) {
    Message message{packet.get_topic(), packet.get_payload_str(), static_cast<Qos>(packet.get_qos()), packet.is_retained()};
    const auto& properties = packet.get_properties();
    if (properties.contains(mqtt::property::MESSAGE_EXPIRY_INTERVAL)) {
        const auto seconds = mqtt::get<std::int32_t>(properties, mqtt::property::MESSAGE_EXPIRY_INTERVAL);
        message.expires_after = std::chrono::seconds(static_cast<std::uint32_t>(seconds));
    }
    message.properties = read_properties(properties);
    message.message_id = user_property(properties, message_id_property).value_or("");
    message.is_duplicate = packet.is_duplicate();
    Arrival arrival{std::move(message), {}};
    for (std::size_t i = 0; i < properties.count(mqtt::property::SUBSCRIPTION_IDENTIFIER); ++i) {
        const auto identifier = mqtt::get<std::int32_t>(properties, mqtt::property::SUBSCRIPTION_IDENTIFIER, i);
        arrival.subscriptions.push_back(static_cast<std::uint32_t>(identifier));
    }
    return arrival;
}

}  // namespace muster::transport

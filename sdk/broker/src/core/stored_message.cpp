// SPDX-License-Identifier: Apache-2.0
// A message that outlives the packet it came in.
#include "core/stored_message.hpp"

#include "base/topic.hpp"

#include <algorithm>
#include <chrono>

namespace muster::testbroker::core {
namespace {

std::optional<std::string> owned(const std::optional<std::string_view>& view) {
    return view ? std::optional<std::string>(*view) : std::nullopt;
}

std::optional<StoredMessage> copy(std::string_view topic, std::string_view payload, Qos qos, bool retain,
                                  const wire::Properties& properties, const tenancy::TopicSpace& space) {
    const auto& response = properties.response_topic;
    if (!space.fits(topic)) return std::nullopt;
    if (response && (!space.fits(*response) || !base::check_topic(*response))) return std::nullopt;
    StoredMessage message;
    message.topic = space.to_tenant(topic);
    message.payload = payload;
    message.qos = qos;
    message.retain = retain;
    message.payload_format_indicator = properties.payload_format_indicator;
    message.content_type = owned(properties.content_type);
    if (response) message.response_topic = space.to_tenant(*response);
    message.correlation_data = owned(properties.correlation_data);
    for (const auto& [name, value] : properties.user_properties) message.user_properties.emplace_back(name, value);
    return message;
}

}  // namespace

std::size_t StoredMessage::bytes() const {
    const auto size_of = [](const std::optional<std::string>& text) { return text ? text->size() : 0; };
    std::size_t bytes =
        sizeof(StoredMessage) + topic.size() + payload.size() + size_of(content_type) + size_of(response_topic) + size_of(correlation_data);
    for (const auto& [name, value] : user_properties) bytes += sizeof(user_properties[0]) + name.size() + value.size();
    return bytes;
}

std::optional<StoredMessage> store_message(const wire::Publish& publish, std::string_view topic, const tenancy::TopicSpace& space,
                                           base::SteadyTime now) {
    auto message = copy(topic, publish.payload, publish.qos, publish.retain, publish.properties, space);
    const auto& lifetime = publish.properties.message_expiry_interval;
    if (message && lifetime) message->expires = now + std::chrono::seconds(*lifetime);
    return message;
}

std::optional<StoredMessage> store_message(const wire::Will& will, const tenancy::TopicSpace& space) {
    return copy(will.topic, will.payload, will.qos, will.retain, will.properties, space);
}

wire::Properties delivery_properties(const StoredMessage& message, std::optional<std::string_view> response_topic, base::SteadyTime now) {
    wire::Properties properties;
    if (message.expires) {
        const auto left = std::chrono::ceil<std::chrono::seconds>(*message.expires - now).count();
        properties.message_expiry_interval = static_cast<std::uint32_t>(std::max<std::int64_t>(left, 0));
    }
    properties.payload_format_indicator = message.payload_format_indicator;
    if (message.content_type) properties.content_type = *message.content_type;
    properties.response_topic = response_topic;
    if (message.correlation_data) properties.correlation_data = *message.correlation_data;
    for (const auto& [name, value] : message.user_properties) properties.user_properties.emplace_back(name, value);
    return properties;
}

}  // namespace muster::testbroker::core

// SPDX-License-Identifier: Apache-2.0
// A message that outlives the packet it came in.
#include "core/stored_message.hpp"

#include <algorithm>
#include <chrono>

namespace muster::testbroker::core {
namespace {

std::optional<std::string> owned(const std::optional<std::string_view>& view) {
    return view ? std::optional<std::string>(*view) : std::nullopt;
}

}  // namespace

StoredMessage store_message(std::string topic, std::string_view payload, Qos qos, bool retain, const wire::Properties& properties,
                            std::optional<std::string> response_topic, base::SteadyTime now) {
    StoredMessage message;
    message.topic = std::move(topic);
    message.payload = payload;
    message.qos = qos;
    message.retain = retain;
    if (properties.message_expiry_interval) message.expires = now + std::chrono::seconds(*properties.message_expiry_interval);
    message.payload_format_indicator = properties.payload_format_indicator;
    message.content_type = owned(properties.content_type);
    message.response_topic = std::move(response_topic);
    message.correlation_data = owned(properties.correlation_data);
    for (const auto& [name, value] : properties.user_properties) message.user_properties.emplace_back(name, value);
    return message;
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

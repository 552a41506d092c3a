// SPDX-License-Identifier: Apache-2.0
// Messages and connections as packets of MQTT, and back.
#include "transport/native_packets.hpp"

#include "base/message_properties.hpp"
#include "transport/mqtt_reasons.hpp"
#include "wire/text.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace muster::transport {
namespace {

// How many messages of QoS 1 and 2 a broker may have on their way to us, not acknowledged (MQTT 5.0, section 3.1.2.11.3): so many may come
// again.
constexpr std::uint16_t receive_maximum = 64;

std::uint32_t seconds_of(std::chrono::seconds duration) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(duration.count(), 0, UINT32_MAX));
}

// What a string of a packet can be.
bool is_string(std::string_view text) {
    return text.size() <= wire::max_string_bytes && wire::is_text(text);
}

Result<void> check_connect(const LinkOptions& options) {
    const char* what = nullptr;
    if (!is_string(options.client_id)) what = "the client id";
    if (!is_string(options.username)) what = "the user name";
    if (what != nullptr) return Error{Code::invalid_argument, std::string(what) + " is not UTF-8 without NUL of at most 65,535 bytes"};
    if (options.password.size() > wire::max_string_bytes) return Error{Code::invalid_argument, "the password is longer than 65,535 bytes"};
    if (!options.will) return {};
    if (!is_string(options.will->topic) || !wire::is_topic_name(options.will->topic))
        return Error{Code::invalid_argument, "the will's topic is none to publish to"};
    if (options.will->payload.size() > wire::max_string_bytes)
        return Error{Code::invalid_argument, "the will's payload is longer than 65,535 bytes"};
    return {};
}

void add_will(wire::Connect& connect, const LinkOptions& options) {
    const Message& message = *options.will;
    auto& will = connect.will.emplace();
    will.topic = message.topic;
    will.payload = message.payload;
    will.qos = message.qos;
    will.retain = message.retain;
    if (options.will_delay.count() > 0) will.properties.will_delay_interval = seconds_of(options.will_delay);
}

void add(const MessageProperties& from, wire::Properties& to) {
    if (from.is_utf8) to.payload_format_indicator = 1;
    if (!from.content_type.empty()) to.content_type = from.content_type;
    if (!from.response_topic.empty()) to.response_topic = from.response_topic;
    if (!from.correlation_data.empty()) to.correlation_data = from.correlation_data;
    for (const auto& [name, value] : from.user) to.user_properties.emplace_back(name, value);
}

std::shared_ptr<const MessageProperties> properties_of(const wire::Properties& from) {
    MessageProperties read;
    read.content_type = from.content_type.value_or("");
    read.response_topic = from.response_topic.value_or("");
    read.correlation_data = from.correlation_data.value_or("");
    read.is_utf8 = from.payload_format_indicator.value_or(0) == 1;
    for (const auto& [name, value] : from.user_properties) {
        // That is Message::message_id.
        if (name != message_id_property) read.user.push_back({std::string(name), std::string(value)});
    }
    if (base::encoded_size(read) == 0) return nullptr;
    return std::make_shared<const MessageProperties>(std::move(read));
}

std::string_view user_property(const wire::Properties& properties, std::string_view name) {
    for (const auto& [known, value] : properties.user_properties) {
        if (known == name) return value;
    }
    return {};
}

}  // namespace

Result<void> fill(wire::Connect& connect, const LinkOptions& options) {
    if (auto checked = check_connect(options); !checked) return checked;
    const bool is_kept = options.session_expiry.count() > 0;
    connect.version = options.protocol == Protocol::mqtt5 ? wire::Version::v5 : wire::Version::v311;
    connect.clean_start = !is_kept;
    connect.keep_alive = static_cast<std::uint16_t>(std::clamp<std::int64_t>(options.keep_alive.count(), 0, UINT16_MAX));
    connect.client_id = options.client_id;
    if (options.will) add_will(connect, options);
    if (!options.username.empty()) {
        connect.username = options.username;
        connect.password = options.password;
    }
    connect.properties.maximum_packet_size = most_packet_bytes;
    connect.properties.receive_maximum = receive_maximum;
    if (is_kept) connect.properties.session_expiry_interval = seconds_of(options.session_expiry);
    return {};
}

Result<void> fill(wire::Publish& packet, const Message& message) {
    if (!is_string(message.topic) || !wire::is_topic_name(message.topic) || !is_string(message.message_id))
        return Error{Code::rejected, "the message's topic is none to publish to"};
    if (message.properties) {
        if (auto checked = base::check_properties(*message.properties); !checked) return Error{Code::rejected, checked.error().message()};
    }
    auto user_properties = std::move(packet.properties.user_properties);
    user_properties.clear();
    packet.properties = {};
    packet.properties.user_properties = std::move(user_properties);
    packet.qos = message.qos;
    packet.retain = message.retain;
    packet.topic = message.topic;
    packet.payload = message.payload;
    if (message.expires_after) packet.properties.message_expiry_interval = seconds_of(*message.expires_after);
    if (message.properties) add(*message.properties, packet.properties);
    if (!message.message_id.empty()) packet.properties.user_properties.emplace_back(message_id_property, message.message_id);
    return {};
}

Arrival arrival_of(const wire::Publish& packet) {
    Message message{std::string(packet.topic), std::string(packet.payload), packet.qos, packet.retain};
    if (packet.properties.message_expiry_interval) message.expires_after = std::chrono::seconds(*packet.properties.message_expiry_interval);
    message.properties = properties_of(packet.properties);
    message.message_id = user_property(packet.properties, message_id_property);
    message.is_duplicate = packet.dup;
    return {std::move(message), packet.properties.subscription_identifiers};
}

Result<void> check(const Subscription& subscription) {
    if (subscription.filter.empty() || !is_string(subscription.filter))
        return Error{Code::rejected, "the filter is not UTF-8 without NUL of 1 to 65,535 bytes"};
    if (subscription.no_local && wire::is_shared(subscription.filter))
        return Error{Code::rejected, "no_local with a shared subscription is against the rules of MQTT 5"};
    return {};
}

wire::SubscriptionRequest request_of(const Subscription& subscription) {
    return {subscription.filter, subscription.qos, subscription.no_local, subscription.retain_as_published,
            static_cast<std::uint8_t>(subscription.retain_handling)};
}

LinkUp up_of(const wire::Connack& connack) {
    const wire::Properties& said = connack.properties;
    LinkUp up;
    up.session_present = connack.session_present;
    up.receive_maximum = said.receive_maximum.value_or(up.receive_maximum);
    up.maximum_packet_size = said.maximum_packet_size.value_or(up.maximum_packet_size);
    if (said.server_keep_alive) up.server_keep_alive = std::chrono::seconds(*said.server_keep_alive);
    return up;
}

void take_hints(const wire::Properties& properties, LinkDown& down) {
    if (properties.server_reference) down.server_reference = *properties.server_reference;
    if (const auto seconds = user_property(properties, "retry-after"); !seconds.empty()) take_retry_after(seconds, down);
}

}  // namespace muster::transport

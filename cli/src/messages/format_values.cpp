// SPDX-License-Identifier: Apache-2.0
// Measured at mosquitto_sub 2.0.11.
#include "messages/format_values.hpp"

#include "base/base64.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <ctime>
#include <string_view>

namespace muster::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view values = "ACDEFIJPRSUXjlmpqrtx";
constexpr std::string_view numbers = "AEFSXlmpx";
constexpr std::size_t second_digits = 9;

tm local_time(WallTime time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
    tm local{};
    static_cast<void>(::localtime_r(&seconds, &local));
    return local;
}

std::string by_strftime(WallTime time, const char* format) {
    const tm local = local_time(time);
    std::array<char, 256> text{};
    return std::string(text.data(), std::strftime(text.data(), text.size(), format, &local));
}

std::string nanoseconds_of(WallTime time) {
    const auto part = time - std::chrono::floor<std::chrono::seconds>(time);
    std::string text = std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(part).count());
    return std::string(second_digits - text.size(), '0') + text;
}

template <class T>
std::string number_or_nothing(const std::optional<T>& number) {
    return number ? std::to_string(*number) : "";
}

std::string user_properties(const fleet::MqttProperties& properties) {
    std::string text;
    for (const auto& [name, value] : properties.user) text.append(text.empty() ? "" : " ").append(name).append(":").append(value);
    return text;
}

std::string identifiers(const fleet::MqttProperties& properties) {
    std::string text;
    for (const auto number : properties.subscription_identifiers) text += (text.empty() ? "" : " ") + std::to_string(number);
    return text;
}

bool is_utf8(const std::string& text) {
    try {
        static_cast<void>(Json(text).dump());
        return true;
    } catch (const Json::type_error&) {
        return false;
    }
}

void put_text(Json& object, const char* name, const std::optional<std::string>& text) {
    if (!text) return;
    is_utf8(*text) ? object[name] = *text : object[std::string(name) + "-base64"] = base::encode_base64(*text);
}

Json properties_json(const fleet::MqttProperties& properties) {
    Json object = Json::object();
    put_text(object, "content-type", properties.content_type);
    for (const auto& [name, value] : properties.user) object["user-properties"][name] = value;
    put_text(object, "response-topic", properties.response_topic);
    put_text(object, "correlation-data", properties.correlation_data);
    if (properties.payload_format_indicator) object["payload-format-indicator"] = *properties.payload_format_indicator;
    if (properties.message_expiry_interval) object["message-expiry-interval"] = *properties.message_expiry_interval;
    if (!properties.subscription_identifiers.empty()) object["subscription-identifier"] = properties.subscription_identifiers.front();
    return object;
}

Json head_of(const fleet::MqttMessage& message, WallTime received) {
    Json object{{"tst", iso_time(received, true)},
                {"topic", message.topic},
                {"qos", static_cast<int>(message.qos)},
                {"retain", message.retain ? 1 : 0},
                {"payloadlen", message.payload.size()}};
    if (message.qos != Qos::at_most_once) object["mid"] = message.packet_id;
    if (Json properties = properties_json(message.properties); !properties.empty()) object["properties"] = std::move(properties);
    return object;
}

std::string as_json_text(const fleet::MqttMessage& message, WallTime received) {
    Json object = head_of(message, received);
    if (message.payload.empty())
        object["payload"] = nullptr;
    else
        put_text(object, "payload", message.payload);
    return object.dump();
}

Result<std::string> as_json(const fleet::MqttMessage& message, WallTime received) {
    Json object = head_of(message, received);
    object["payload"] = message.payload.empty() ? Json() : Json::parse(message.payload, nullptr, false);
    if (object["payload"].is_discarded()) return Error{Code::invalid_argument, message.topic + ": the payload is no JSON"};
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string time_text(WallTime time, char letter) {
    if (letter == 'N') return nanoseconds_of(time);
    const std::array<char, 3> format{'%', letter, '\0'};
    return by_strftime(time, format.data());
}

std::string iso_time(WallTime time, bool has_fraction) {
    constexpr std::size_t microsecond_digits = 6;
    const std::string fraction = has_fraction ? "." + nanoseconds_of(time).substr(0, microsecond_digits) : "";
    return by_strftime(time, "%Y-%m-%dT%H:%M:%S") + fraction + by_strftime(time, "%z");
}

std::string hexadecimal(const std::string& bytes, bool has_capitals) {
    const std::string_view digits = has_capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += digits[value >> 4U];
        text += digits[value & 15U];
    }
    return text;
}

bool is_value(char letter) {
    return values.find(letter) != std::string_view::npos;
}

bool is_padded_with_zeros(char letter) {
    return numbers.find(letter) != std::string_view::npos;
}

Result<std::string> value_of(char letter, const fleet::MqttMessage& message, WallTime received) {
    const fleet::MqttProperties& properties = message.properties;
    switch (letter) {
        case 'A':
            return number_or_nothing(properties.topic_alias);
        case 'C':
            return properties.content_type.value_or("");
        case 'D':
            return properties.correlation_data.value_or("");
        case 'E':
            return number_or_nothing(properties.message_expiry_interval);
        case 'F':
            return number_or_nothing(properties.payload_format_indicator);
        case 'I':
            return iso_time(received, false);
        case 'J':
            return as_json(message, received);
        case 'P':
            return user_properties(properties);
        case 'R':
            return properties.response_topic.value_or("");
        case 'S':
            return identifiers(properties);
        case 'U':
            return std::to_string(std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(received))) + "." +
                   nanoseconds_of(received);
        case 'X':
            return hexadecimal(message.payload, true);
        case 'j':
            return as_json_text(message, received);
        case 'l':
            return std::to_string(message.payload.size());
        case 'm':
            return std::to_string(message.packet_id);
        case 'p':
            return message.payload;
        case 'q':
            return std::to_string(static_cast<int>(message.qos));
        case 'r':
            return std::string(message.retain ? "1" : "0");
        case 't':
            return message.topic;
        default:
            return hexadecimal(message.payload, false);
    }
}

}  // namespace muster::cli

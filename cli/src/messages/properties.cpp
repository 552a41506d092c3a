// SPDX-License-Identifier: Apache-2.0
// The names of properties, and where they may stand.
#include "messages/properties.hpp"

#include "tree/property_words.hpp"
#include "tree/value.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <string_view>

namespace muster::cli {
namespace {

using fleet::MqttProperties;
using Words = std::vector<std::string>;

Error refuse(const std::string& why, std::string hint = {}) {
    return {Code::invalid_argument, "--property: " + why, std::move(hint)};
}

// In one text the words stand apart by spaces, the last apart, which may have some.
Words words_of(const std::string& text) {
    const bool is_joined = text.find(property_separator) != std::string::npos;
    const char separator = is_joined ? property_separator : ' ';
    Words words;
    std::size_t begin = 0;
    std::size_t most = 3;
    while (words.size() + 1 < most) {
        const auto end = text.find(separator, begin);
        if (end == std::string::npos) break;
        words.push_back(text.substr(begin, end - begin));
        if (words.size() == 2 && words.back() == "user-property") most = 4;
        begin = end + 1;
    }
    words.push_back(text.substr(begin));
    return words;
}

template <class T>
Result<void> set_number(std::optional<T>& field, const Words& words) {
    const auto number = parse_unsigned(words[2], std::numeric_limits<T>::max());
    if (!number) return refuse(words[1] + ": " + number.error().message());
    field = static_cast<T>(*number);
    return {};
}

enum Packet : unsigned { connect = 1, publish = 2, subscribe = 4, disconnect = 8, will = 16 };

struct Known {
    std::string_view name;
    unsigned packets;
    Result<void> (*set)(MqttProperties&, const Words&);
};

constexpr std::array known{
    Known{"payload-format-indicator", publish | will,
          [](MqttProperties& to, const Words& words) { return set_number(to.payload_format_indicator, words); }},
    Known{"message-expiry-interval", publish | will,
          [](MqttProperties& to, const Words& words) { return set_number(to.message_expiry_interval, words); }},
    Known{"content-type", publish | will, [](MqttProperties& to, const Words& words) { return assign(to.content_type, {words[2]}); }},
    Known{"response-topic", publish | will, [](MqttProperties& to, const Words& words) { return assign(to.response_topic, {words[2]}); }},
    Known{"correlation-data", publish | will,
          [](MqttProperties& to, const Words& words) { return assign(to.correlation_data, {words[2]}); }},
    Known{"topic-alias", publish, [](MqttProperties& to, const Words& words) { return set_number(to.topic_alias, words); }},
    Known{"subscription-identifier", subscribe,
          [](MqttProperties& to, const Words& words) {
              std::optional<std::uint32_t> number;
              auto set = set_number(number, words);
              if (set) to.subscription_identifiers = {*number};
              return set;
          }},
    Known{"session-expiry-interval", connect | disconnect,
          [](MqttProperties& to, const Words& words) { return set_number(to.session_expiry_interval, words); }},
    Known{"receive-maximum", connect, [](MqttProperties& to, const Words& words) { return set_number(to.receive_maximum, words); }},
    Known{"maximum-packet-size", connect, [](MqttProperties& to, const Words& words) { return set_number(to.maximum_packet_size, words); }},
    Known{"topic-alias-maximum", connect, [](MqttProperties& to, const Words& words) { return set_number(to.topic_alias_maximum, words); }},
    Known{"request-problem-information", connect,
          [](MqttProperties& to, const Words& words) { return set_number(to.request_problem_information, words); }},
    Known{"request-response-information", connect,
          [](MqttProperties& to, const Words& words) { return set_number(to.request_response_information, words); }},
    Known{"will-delay-interval", will, [](MqttProperties& to, const Words& words) { return set_number(to.will_delay_interval, words); }},
    Known{"reason-string", disconnect, [](MqttProperties& to, const Words& words) { return assign(to.reason_string, {words[2]}); }},
    Known{"user-property", connect | publish | subscribe | disconnect | will,
          [](MqttProperties& to, const Words& words) -> Result<void> {
              if (words.size() < 4) return refuse("user-property has a name and a value");
              to.user.push_back({words[2], words[3]});
              return {};
          }},
};

struct Place {
    Packet packet;
    std::string_view name;
    MqttProperties PacketProperties::*properties;
};
constexpr std::array places{Place{connect, "connect", &PacketProperties::connect}, Place{publish, "publish", &PacketProperties::publish},
                            Place{subscribe, "subscribe", &PacketProperties::subscribe},
                            Place{disconnect, "disconnect", &PacketProperties::disconnect}, Place{will, "will", &PacketProperties::will}};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

Result<void> add(const std::string& text, PacketProperties& parsed) {
    const Words words = words_of(text);
    if (words.size() < 3)
        return refuse("'" + words.front() + "' is not all of it", "write it as PACKET NAME VALUE: publish content-type text/plain");
    const auto* const place = std::find_if(places.begin(), places.end(), [&](const Place& one) { return one.name == lower(words[0]); });
    if (place == places.end()) return refuse("'" + words[0] + "' is none of connect, publish, subscribe, disconnect, will");
    const auto* const property = std::find_if(known.begin(), known.end(), [&](const Known& one) { return one.name == words[1]; });
    if (property == known.end()) return refuse("there is no property '" + words[1] + "' here");
    if ((property->packets & place->packet) == 0) return refuse(words[1] + " does not stand in " + std::string(place->name));
    return property->set(parsed.*(place->properties), words);
}

}  // namespace

Result<PacketProperties> parse_properties(const std::vector<std::string>& texts) {
    PacketProperties parsed;
    for (const auto& text : texts) {
        if (auto added = add(text, parsed); !added) return added.error();
    }
    for (const Place& place : places) {
        if (auto checked = fleet::check_properties(parsed.*(place.properties)); !checked)
            return std::move(checked).error().in("--property");
    }
    return parsed;
}

}  // namespace muster::cli

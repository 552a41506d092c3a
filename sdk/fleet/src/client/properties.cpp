// SPDX-License-Identifier: Apache-2.0
// Field by field.
#include "client/properties.hpp"

#include "wire/text.hpp"

namespace muster::fleet {
namespace {

template <class To, class From>
void take(std::optional<To>& to, const std::optional<From>& from) {
    if (from) to = To(*from);
}

Error refuse(std::string why) {
    return {Code::invalid_argument, std::move(why)};
}

Result<void> check_text(const std::optional<std::string>& text, const char* what) {
    if (!text || (text->size() <= wire::max_string_bytes && wire::is_text(*text))) return {};
    return Error{Code::invalid_argument, std::string(what) + ": not UTF-8 of at most 65,535 bytes without NUL"};
}

Result<void> check_bytes(const std::optional<std::string>& bytes, const char* what) {
    if (!bytes || bytes->size() <= wire::max_string_bytes) return {};
    return Error{Code::invalid_argument, std::string(what) + ": more than 65,535 bytes"};
}

}  // namespace

wire::Properties view_of(const MqttProperties& properties, wire::PropertyPlace place) {
    using wire::PropertyId;
    wire::Properties view;
    const auto take_if = [place](PropertyId id, auto& to, const auto& from) {
        if ((wire::places_of(id) & wire::bit(place)) != 0) take(to, from);
    };
    take_if(PropertyId::payload_format_indicator, view.payload_format_indicator, properties.payload_format_indicator);
    take_if(PropertyId::message_expiry_interval, view.message_expiry_interval, properties.message_expiry_interval);
    take_if(PropertyId::content_type, view.content_type, properties.content_type);
    take_if(PropertyId::response_topic, view.response_topic, properties.response_topic);
    take_if(PropertyId::correlation_data, view.correlation_data, properties.correlation_data);
    // A client may give one to its subscriptions, and none to a message (MQTT 5.0, section 3.3.4).
    if (place == wire::PropertyPlace::subscribe) view.subscription_identifiers = properties.subscription_identifiers;
    take_if(PropertyId::session_expiry_interval, view.session_expiry_interval, properties.session_expiry_interval);
    take_if(PropertyId::request_problem_information, view.request_problem_information, properties.request_problem_information);
    take_if(PropertyId::request_response_information, view.request_response_information, properties.request_response_information);
    take_if(PropertyId::will_delay_interval, view.will_delay_interval, properties.will_delay_interval);
    take_if(PropertyId::reason_string, view.reason_string, properties.reason_string);
    take_if(PropertyId::receive_maximum, view.receive_maximum, properties.receive_maximum);
    take_if(PropertyId::topic_alias_maximum, view.topic_alias_maximum, properties.topic_alias_maximum);
    take_if(PropertyId::topic_alias, view.topic_alias, properties.topic_alias);
    take_if(PropertyId::maximum_packet_size, view.maximum_packet_size, properties.maximum_packet_size);
    for (const auto& property : properties.user) view.user_properties.emplace_back(property.name, property.value);
    return view;
}

MqttProperties copy_of(const wire::Properties& properties) {
    MqttProperties copy;
    take(copy.payload_format_indicator, properties.payload_format_indicator);
    take(copy.message_expiry_interval, properties.message_expiry_interval);
    take(copy.content_type, properties.content_type);
    take(copy.response_topic, properties.response_topic);
    take(copy.correlation_data, properties.correlation_data);
    copy.subscription_identifiers = properties.subscription_identifiers;
    take(copy.session_expiry_interval, properties.session_expiry_interval);
    take(copy.reason_string, properties.reason_string);
    take(copy.receive_maximum, properties.receive_maximum);
    take(copy.topic_alias_maximum, properties.topic_alias_maximum);
    take(copy.topic_alias, properties.topic_alias);
    take(copy.maximum_packet_size, properties.maximum_packet_size);
    for (const auto& [name, value] : properties.user_properties) copy.user.push_back({std::string(name), std::string(value)});
    return copy;
}

Result<void> check_properties(const MqttProperties& properties) {
    if (auto checked = check_text(properties.content_type, "content type"); !checked) return checked;
    if (properties.response_topic) {
        if (auto checked = check_topic_name(*properties.response_topic); !checked) return std::move(checked).error().in("response topic");
    }
    if (properties.receive_maximum == 0) return refuse("receive maximum is 1 to 65,535");
    if (properties.maximum_packet_size == 0U) return refuse("maximum packet size is at least 1");
    if (properties.topic_alias == 0) return refuse("a topic alias is 1 to 65,535");
    if (properties.payload_format_indicator.value_or(0) > 1) return refuse("payload format indicator is 0 or 1");
    if (properties.request_problem_information.value_or(0) > 1) return refuse("request problem information is 0 or 1");
    if (properties.request_response_information.value_or(0) > 1) return refuse("request response information is 0 or 1");
    for (const auto number : properties.subscription_identifiers) {
        if (number == 0 || number > wire::max_variable_byte_integer) return refuse("a subscription identifier is 1 to 268,435,455");
    }
    if (properties.subscription_identifiers.size() > 1) return refuse("a subscription has one identifier");
    if (auto checked = check_bytes(properties.correlation_data, "correlation data"); !checked) return checked;
    if (auto checked = check_text(properties.reason_string, "reason string"); !checked) return checked;
    if (properties.user.size() > wire::max_user_properties) return refuse("more than 64 user properties");
    for (const auto& [name, value] : properties.user) {
        if (auto checked = check_text(name, "user property"); !checked) return checked;
        if (auto checked = check_text(value, "user property"); !checked) return checked;
    }
    return {};
}

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// Packet by packet, field by field. Secrets are left out here, so that nobody behind can show them.
#include "client/packet_note.hpp"

#include <optional>
#include <utility>

namespace muster::fleet {
namespace {

using Fields = std::vector<MqttField>;

std::string text_of(std::string_view text) {
    return std::string(text);
}

template <class Number>
std::string text_of(Number number) {
    return std::to_string(number);
}

template <class Value>
void add(Fields& fields, const char* name, const std::optional<Value>& value) {
    if (value) fields.push_back({name, text_of(*value)});
}

void add_flag(Fields& fields, const char* name, bool flag) {
    fields.push_back({name, flag ? "1" : "0"});
}

void add_qos(Fields& fields, Qos qos) {
    fields.push_back({"qos", std::to_string(static_cast<unsigned>(qos))});
}

void add_hidden(Fields& fields, const char* name, bool is_there) {
    if (is_there) fields.push_back({name, std::string(mqtt_hidden)});
}

void add_packet_id(Fields& fields, std::uint16_t packet_id) {
    if (packet_id != 0) fields.push_back({"mid", std::to_string(packet_id)});
}

void add_bytes(Fields& fields, const char* name, std::string_view bytes) {
    fields.push_back({name, std::to_string(bytes.size())});
}

void add_properties(Fields& fields, const wire::Properties& properties) {
    add(fields, "payload-format-indicator", properties.payload_format_indicator);
    add(fields, "message-expiry-interval", properties.message_expiry_interval);
    add(fields, "content-type", properties.content_type);
    add(fields, "response-topic", properties.response_topic);
    if (properties.correlation_data) add_bytes(fields, "correlation-data-bytes", *properties.correlation_data);
    for (const auto identifier : properties.subscription_identifiers)
        fields.push_back({"subscription-identifier", std::to_string(identifier)});
    add(fields, "session-expiry-interval", properties.session_expiry_interval);
    add(fields, "assigned-client-identifier", properties.assigned_client_identifier);
    add(fields, "server-keep-alive", properties.server_keep_alive);
    add(fields, "authentication-method", properties.authentication_method);
    add_hidden(fields, "authentication-data", properties.authentication_data.has_value());
    add(fields, "request-problem-information", properties.request_problem_information);
    add(fields, "will-delay-interval", properties.will_delay_interval);
    add(fields, "request-response-information", properties.request_response_information);
    add(fields, "response-information", properties.response_information);
    add(fields, "server-reference", properties.server_reference);
    add(fields, "reason-string", properties.reason_string);
    add(fields, "receive-maximum", properties.receive_maximum);
    add(fields, "topic-alias-maximum", properties.topic_alias_maximum);
    add(fields, "topic-alias", properties.topic_alias);
    add(fields, "maximum-qos", properties.maximum_qos);
    add(fields, "retain-available", properties.retain_available);
    add(fields, "maximum-packet-size", properties.maximum_packet_size);
    add(fields, "wildcard-subscription-available", properties.wildcard_subscription_available);
    add(fields, "subscription-identifier-available", properties.subscription_identifier_available);
    add(fields, "shared-subscription-available", properties.shared_subscription_available);
    for (const auto& [name, value] : properties.user_properties) fields.push_back({"user:" + std::string(name), std::string(value)});
}

void add_reasons(MqttPacket& note, const std::vector<wire::ReasonCode>& reasons) {
    for (const auto reason : reasons) note.reasons.push_back(static_cast<std::uint8_t>(reason));
}

struct Writer {
    MqttPacket& note;

    void begin(std::string_view type) const { note.type = type; }

    void operator()(const wire::Connect& connect) const {
        begin("CONNECT");
        note.fields = {{"id", std::string(connect.client_id)}};
        add_flag(note.fields, "clean", connect.clean_start);
        note.fields.push_back({"ka", std::to_string(connect.keep_alive)});
        note.fields.push_back({"", connect.version == wire::Version::v5 ? "v5" : "v3.1.1"});
        add(note.fields, "user", connect.username);
        add_hidden(note.fields, "password", connect.password.has_value());
        add_properties(note.fields, connect.properties);
        if (!connect.will) return;
        note.fields.push_back({"will", std::string(connect.will->topic)});
        add_qos(note.fields, connect.will->qos);
        add_flag(note.fields, "retain", connect.will->retain);
        add_bytes(note.fields, "bytes", connect.will->payload);
        add_properties(note.fields, connect.will->properties);
    }
    void operator()(const wire::Connack& connack) const {
        begin("CONNACK");
        add_reasons(note, {connack.reason});
        add_flag(note.fields, "session", connack.session_present);
        add_properties(note.fields, connack.properties);
    }
    void operator()(const wire::Publish& publish) const {
        begin("PUBLISH");
        add_packet_id(note.fields, publish.packet_id);
        note.fields.push_back({"topic", std::string(publish.topic)});
        add_qos(note.fields, publish.qos);
        add_flag(note.fields, "retain", publish.retain);
        if (publish.dup) add_flag(note.fields, "dup", true);
        add_bytes(note.fields, "bytes", publish.payload);
        add_properties(note.fields, publish.properties);
    }
    template <wire::PacketType Type>
    void operator()(const wire::Acknowledgement<Type>& acknowledgement) const {
        begin(Type == wire::PacketType::puback   ? "PUBACK"
              : Type == wire::PacketType::pubrec ? "PUBREC"
              : Type == wire::PacketType::pubrel ? "PUBREL"
                                                 : "PUBCOMP");
        add_reasons(note, {acknowledgement.reason});
        add_packet_id(note.fields, acknowledgement.packet_id);
        add_properties(note.fields, acknowledgement.properties);
    }
    void operator()(const wire::Subscribe& subscribe) const {
        begin("SUBSCRIBE");
        add_packet_id(note.fields, subscribe.packet_id);
        for (const auto& request : subscribe.requests) {
            note.fields.push_back({"filter", std::string(request.filter)});
            add_qos(note.fields, request.qos);
            if (request.no_local) add_flag(note.fields, "no-local", true);
            if (request.retain_as_published) add_flag(note.fields, "retain-as-published", true);
            if (request.retain_handling != 0) note.fields.push_back({"retain-handling", std::to_string(request.retain_handling)});
        }
        add_properties(note.fields, subscribe.properties);
    }
    void operator()(const wire::Unsubscribe& unsubscribe) const {
        begin("UNSUBSCRIBE");
        add_packet_id(note.fields, unsubscribe.packet_id);
        for (const auto filter : unsubscribe.filters) note.fields.push_back({"filter", std::string(filter)});
        add_properties(note.fields, unsubscribe.properties);
    }
    void operator()(const wire::Suback& suback) const { answer("SUBACK", suback); }
    void operator()(const wire::Unsuback& unsuback) const { answer("UNSUBACK", unsuback); }
    void operator()(const wire::Pingreq& /*ping*/) const { begin("PINGREQ"); }
    void operator()(const wire::Pingresp& /*pong*/) const { begin("PINGRESP"); }
    void operator()(const wire::Disconnect& disconnect) const { ending("DISCONNECT", disconnect); }
    void operator()(const wire::Auth& auth) const { ending("AUTH", auth); }

    template <class Answer>
    void answer(std::string_view type, const Answer& answer) const {
        begin(type);
        add_reasons(note, answer.reasons);
        add_packet_id(note.fields, answer.packet_id);
        add_properties(note.fields, answer.properties);
    }
    template <class Ending>
    void ending(std::string_view type, const Ending& ending) const {
        begin(type);
        add_reasons(note, {ending.reason});
        add_properties(note.fields, ending.properties);
    }
};

}  // namespace

MqttPacket note_of(const wire::Packet& packet, bool is_sent) {
    MqttPacket note;
    note.is_sent = is_sent;
    std::visit(Writer{note}, packet);
    return note;
}

bool holds_secret(std::string_view said, const std::string& password) {
    return !password.empty() && said.find(password) != std::string_view::npos;
}

void hide_secret(MqttPacket& note, const std::string& password) {
    const auto is_broker_s = [](const std::string& name) {
        return name == "reason-string" || name == "server-reference" || name == "response-information" || name.rfind("user:", 0) == 0;
    };
    for (auto& field : note.fields) {
        if (is_broker_s(field.name) && holds_secret(field.value, password)) field.value = mqtt_hidden;
    }
}

}  // namespace muster::fleet

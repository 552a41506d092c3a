// SPDX-License-Identifier: Apache-2.0
// Packets in and out.
#include "client/client_session.hpp"

#include "base/text.hpp"
#include "bench/refusal.hpp"
#include "client/packet_note.hpp"
#include "client/properties.hpp"
#include "wire/decode.hpp"
#include "wire/encode.hpp"
#include "wire/text.hpp"

#include <algorithm>
#include <utility>

namespace muster::fleet {
namespace {

using wire::PropertyPlace;
using wire::ReasonCode;

constexpr std::size_t connack_v311_bytes = 2;
// By a topic alias eight bytes of a packet can be a message of 64 KiB.
constexpr std::size_t most_waiting_bytes = 4U << 20U;
constexpr std::size_t max_packet_bytes = wire::max_variable_byte_integer + 5;

// Of a broker that has let us in: to come back would not mend it.
Error broken(const char* why) {
    return {Code::rejected, std::string("the broker breaks the rules of MQTT: ") + why};
}

Error too_large(const char* what, std::size_t size, std::size_t most) {
    return {Code::too_large, std::string("the ") + what + " takes " + std::to_string(size) + " bytes, and the broker takes packets of " +
                                 std::to_string(most)};
}

// With what the broker itself says of it.
Error with_words(const Error& error, const wire::Properties& properties, const std::string& password) {
    std::string message = error.message();
    const auto shown = [&password](std::string_view said) {
        return holds_secret(said, password) ? "(not shown, for it holds the password)" : base::printable(said);
    };
    if (properties.reason_string) message += ": " + shown(*properties.reason_string);
    std::string hint = error.hint();
    if (properties.server_reference) hint = "the broker names another server: " + shown(*properties.server_reference);
    return {error.code(), std::move(message), std::move(hint)};
}

Error connack_refusal(const wire::Connack& connack, bool is_v311, const std::string& password) {
    const auto number = static_cast<std::uint8_t>(connack.reason);
    Error error = is_v311 ? refusal_v311(number) : refusal("CONNACK", connack.reason);
    const bool is_version = is_v311 ? number == 1 : connack.reason == ReasonCode::unsupported_protocol_version;
    if (is_version) error = Error(error.code(), error.message(), "try the other version of MQTT: -V 3.1.1 or -V 5");
    return with_words(error, connack.properties, password);
}

std::size_t cost_of(const MqttMessage& message) {
    return sizeof(MqttEvent) + message.topic.size() + message.payload.size();
}

wire::Will will_of(const MqttMessage& message) {
    return {message.topic, message.payload, message.qos, message.retain, view_of(message.properties, PropertyPlace::will)};
}

}  // namespace

ToolSession::ToolSession(const MqttConnection& connection, const std::string& client_id, std::string& out)
    : version_(connection.protocol == Protocol::mqtt5 ? wire::Version::v5 : wire::Version::v311),
      topic_alias_maximum_(connection.properties.topic_alias_maximum.value_or(0)),
      max_incoming_(version_ == wire::Version::v5 ? connection.properties.maximum_packet_size.value_or(max_packet_bytes)
                                                  : max_packet_bytes),
      observer_(connection.observer),
      password_(connection.password.value_or("")),
      client_id_(client_id),
      keep_alive_(connection.keep_alive) {
    wire::Connect connect;
    connect.version = version_;
    connect.clean_start = connection.clean_start;
    connect.keep_alive = static_cast<std::uint16_t>(connection.keep_alive.count());
    connect.client_id = client_id;
    if (connection.username) connect.username = *connection.username;
    if (connection.password) connect.password = *connection.password;
    if (connection.will) connect.will = will_of(*connection.will);
    connect.properties = view_of(connection.properties, PropertyPlace::connect);
    send(connect, out);
}

void ToolSession::send(const wire::Packet& packet, std::string& out) const {
    wire::encode(packet, version_, out);
    tell(packet, true);
}

void ToolSession::tell(const wire::Packet& packet, bool is_sent) const {
    if (!observer_) return;
    MqttPacket note = note_of(packet, is_sent);
    if (!is_sent) hide_secret(note, password_);
    observer_(note);
}

void ToolSession::fail(Error error) {
    if (!failure_) failure_ = std::move(error);
}

void ToolSession::read(std::string& in, std::string& out) {
    std::size_t handled = 0;
    while (!failure_ && waiting_bytes_ < most_waiting_bytes) {
        const auto next = wire::next_frame(std::string_view(in).substr(handled), max_incoming_);
        if (std::holds_alternative<wire::NeedMore>(next)) break;
        if (const auto* error = std::get_if<wire::DecodeError>(&next)) {
            fail(is_connected_ ? broken(error->what) : no_mqtt(error->what));
            break;
        }
        const auto& frame = std::get<wire::Frame>(next);
        is_connected_ ? handle(frame, out) : handle_connack(frame);
        handled += frame.total_size;
    }
    in.erase(0, handled);
}

// A broker that does not know version 5 answers in the words of the one it knows (MQTT 3.1.1, section 3.1.2.2).
void ToolSession::handle_connack(const wire::Frame& frame) {
    if (frame.type != wire::PacketType::connack) return fail(no_mqtt("there is no CONNACK"));
    const bool is_v311 = version_ == wire::Version::v311 || frame.body.size() == connack_v311_bytes;
    const auto decoded = wire::decode(frame, is_v311 ? wire::Version::v311 : version_);
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) return fail(no_mqtt(error->what));
    const auto& packet = std::get<wire::Packet>(decoded);
    tell(packet, false);
    const auto& connack = std::get<wire::Connack>(packet);
    if (connack.reason != ReasonCode::success) return fail(connack_refusal(connack, is_v311, password_));
    handle(connack);
}

void ToolSession::handle(const wire::Connack& connack) {
    const wire::Properties& said = connack.properties;
    is_connected_ = true;
    is_session_present_ = connack.session_present;
    if (said.assigned_client_identifier) client_id_ = *said.assigned_client_identifier;
    if (said.server_keep_alive) keep_alive_ = std::chrono::seconds(*said.server_keep_alive);
    limits_.receive_maximum = said.receive_maximum.value_or(limits_.receive_maximum);
    limits_.maximum_packet_size = said.maximum_packet_size.value_or(limits_.maximum_packet_size);
    limits_.maximum_qos = said.maximum_qos.value_or(limits_.maximum_qos);
    limits_.topic_alias_maximum = said.topic_alias_maximum.value_or(0);
    limits_.has_retain = said.retain_available.value_or(1) != 0;
    limits_.has_wildcards = said.wildcard_subscription_available.value_or(1) != 0;
    limits_.has_shared = said.shared_subscription_available.value_or(1) != 0;
    limits_.has_subscription_identifiers = said.subscription_identifier_available.value_or(1) != 0;
}

void ToolSession::handle(const wire::Frame& frame, std::string& out) {
    const auto decoded = wire::decode(frame, version_);
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) return fail(broken(error->what));
    const auto& packet = std::get<wire::Packet>(decoded);
    tell(packet, false);
    if (const auto* publish = std::get_if<wire::Publish>(&packet)) return handle(*publish, out);
    if (const auto* puback = std::get_if<wire::Puback>(&packet)) return handle(*puback);
    if (const auto* pubrec = std::get_if<wire::Pubrec>(&packet)) return handle(*pubrec, out);
    if (const auto* pubrel = std::get_if<wire::Pubrel>(&packet)) return handle(*pubrel, out);
    if (const auto* pubcomp = std::get_if<wire::Pubcomp>(&packet)) return handle(*pubcomp);
    if (const auto* suback = std::get_if<wire::Suback>(&packet)) return handle(*suback);
    if (const auto* unsuback = std::get_if<wire::Unsuback>(&packet)) {
        if (asked_.erase(unsuback->packet_id) != 0) events_.emplace_back(MqttRemoved{unsuback->packet_id});
    } else if (std::holds_alternative<wire::Pingresp>(packet)) {
        awaits_pong_ = false;
    } else if (const auto* disconnect = std::get_if<wire::Disconnect>(&packet)) {
        fail(with_words(refusal("DISCONNECT", disconnect->reason), disconnect->properties, password_));
    } else {
        fail(broken("a packet that only clients send"));
    }
}

bool ToolSession::resolve_alias(const wire::Publish& publish, std::string& topic) {
    topic = publish.topic;
    if (!publish.properties.topic_alias) return !topic.empty();
    const std::uint16_t alias = *publish.properties.topic_alias;
    if (alias > topic_alias_maximum_) return false;
    if (!topic.empty()) aliases_[alias] = topic;
    const auto known = aliases_.find(alias);
    if (known == aliases_.end()) return false;
    topic = known->second;
    return true;
}

void ToolSession::handle(const wire::Publish& publish, std::string& out) {
    MqttMessage message;
    if (!resolve_alias(publish, message.topic)) return fail(broken("a topic alias that stands for nothing"));
    if (publish.qos == Qos::exactly_once) {
        if (unreleased_.count(publish.packet_id) != 0) return send(wire::Pubrec{publish.packet_id, ReasonCode::success, {}}, out);
        if (!unread_.insert(publish.packet_id).second) return;
    }
    message.payload = publish.payload;
    message.qos = publish.qos;
    message.retain = publish.retain;
    message.is_duplicate = publish.dup;
    message.packet_id = publish.packet_id;
    message.properties = copy_of(publish.properties);
    waiting_bytes_ += cost_of(message);
    events_.emplace_back(std::move(message));
}

void ToolSession::handle(const wire::Pubrec& pubrec, std::string& out) {
    const auto found = in_flight_.find(pubrec.packet_id);
    const bool is_ours = found != in_flight_.end() && found->second.qos == Qos::exactly_once;
    if (is_ours && wire::is_failure(pubrec.reason)) return settle(pubrec.packet_id, "PUBREC", pubrec.reason, pubrec.properties);
    if (is_ours) found->second.is_received = true;
    send(wire::Pubrel{pubrec.packet_id, is_ours ? ReasonCode::success : ReasonCode::packet_identifier_not_found, {}}, out);
}

void ToolSession::handle(const wire::Pubrel& pubrel, std::string& out) {
    const bool is_known = unreleased_.erase(pubrel.packet_id) != 0;
    send(wire::Pubcomp{pubrel.packet_id, is_known ? ReasonCode::success : ReasonCode::packet_identifier_not_found, {}}, out);
}

void ToolSession::settle(std::uint16_t packet_id, const char* packet, ReasonCode reason, const wire::Properties& properties) {
    if (in_flight_.erase(packet_id) == 0) return;
    MqttSettled settled{packet_id, static_cast<std::uint8_t>(reason), std::nullopt};
    if (wire::is_failure(reason)) settled.refusal = with_words(refusal(packet, reason), properties, password_);
    events_.emplace_back(std::move(settled));
}

void ToolSession::handle(const wire::Suback& suback) {
    if (asked_.erase(suback.packet_id) == 0) return;
    MqttGranted granted{suback.packet_id, {}, {}};
    for (const ReasonCode reason : suback.reasons) {
        granted.reasons.push_back(static_cast<std::uint8_t>(reason));
        granted.refusals.emplace_back();
        if (wire::is_failure(reason)) granted.refusals.back() = with_words(refusal("SUBACK", reason), suback.properties, password_);
    }
    events_.emplace_back(std::move(granted));
}

std::uint16_t ToolSession::next_packet_id() {
    do {
        last_packet_id_ = static_cast<std::uint16_t>(last_packet_id_ == 65'535 ? 1 : last_packet_id_ + 1);
    } while (in_flight_.count(last_packet_id_) != 0 || asked_.count(last_packet_id_) != 0);
    return last_packet_id_;
}

std::size_t ToolSession::room() const {
    return limits_.receive_maximum - std::min(limits_.receive_maximum, in_flight_.size());
}

Result<std::uint16_t> ToolSession::publish(const MqttMessage& message, std::string& out) {
    wire::Publish publish;
    publish.qos = message.qos;
    publish.retain = message.retain;
    publish.topic = message.topic;
    publish.payload = message.payload;
    publish.properties = view_of(message.properties, PropertyPlace::publish);
    if (static_cast<std::uint8_t>(message.qos) > limits_.maximum_qos)
        return Error{Code::rejected, "the broker takes QoS " + std::to_string(limits_.maximum_qos) + " at most"};
    if (message.retain && !limits_.has_retain) return Error{Code::rejected, "the broker does not retain messages"};
    if (message.properties.topic_alias && *message.properties.topic_alias > limits_.topic_alias_maximum)
        return Error{Code::rejected, "the broker takes topic aliases up to " + std::to_string(limits_.topic_alias_maximum)};
    if (message.qos != Qos::at_most_once) publish.packet_id = next_packet_id();
    const std::size_t size = wire::encoded_size(publish, version_);
    if (size > limits_.maximum_packet_size) return too_large("message", size, limits_.maximum_packet_size);
    wire::encode(publish, version_, out);
    if (observer_) tell(publish, true);
    if (publish.packet_id != 0) in_flight_[publish.packet_id] = {message.qos, false};
    return publish.packet_id;
}

Result<void> ToolSession::check_is_offered(const MqttFilter& filter) const {
    const bool has_wildcard = filter.filter.find_first_of("+#") != std::string::npos;
    if (has_wildcard && !limits_.has_wildcards) return Error{Code::rejected, filter.filter + ": the broker has no wildcards"};
    const bool is_shared = version_ == wire::Version::v5 && wire::is_shared(filter.filter);
    if (is_shared && !limits_.has_shared) return Error{Code::rejected, filter.filter + ": the broker has no shared subscriptions"};
    return {};
}

Result<std::uint16_t> ToolSession::subscribe(const std::vector<MqttFilter>& filters, const MqttProperties& properties, std::string& out) {
    for (const auto& filter : filters) {
        if (auto offered = check_is_offered(filter); !offered) return std::move(offered).error();
    }
    if (!properties.subscription_identifiers.empty() && !limits_.has_subscription_identifiers)
        return Error{Code::rejected, "the broker has no subscription identifiers"};
    wire::Subscribe subscribe;
    subscribe.packet_id = next_packet_id();
    subscribe.properties = view_of(properties, PropertyPlace::subscribe);
    for (const auto& filter : filters) {
        subscribe.requests.push_back(
            {filter.filter, filter.qos, filter.no_local, filter.retain_as_published, static_cast<std::uint8_t>(filter.retain_handling)});
    }
    const std::size_t size = wire::encoded_size(wire::Packet(subscribe), version_);
    if (size > limits_.maximum_packet_size) return too_large("subscription", size, limits_.maximum_packet_size);
    send(subscribe, out);
    asked_.insert(subscribe.packet_id);
    return subscribe.packet_id;
}

std::uint16_t ToolSession::unsubscribe(const std::vector<std::string>& filters, const MqttProperties& properties, std::string& out) {
    wire::Unsubscribe unsubscribe;
    unsubscribe.packet_id = next_packet_id();
    unsubscribe.properties = view_of(properties, PropertyPlace::unsubscribe);
    unsubscribe.filters.assign(filters.begin(), filters.end());
    send(unsubscribe, out);
    asked_.insert(unsubscribe.packet_id);
    return unsubscribe.packet_id;
}

void ToolSession::disconnect(const MqttProperties& properties, bool with_will, std::string& out) {
    send(wire::Disconnect{with_will ? ReasonCode::disconnect_with_will : ReasonCode::success,
                          view_of(properties, PropertyPlace::disconnect)},
         out);
}

void ToolSession::ping(std::string& out) {
    send(wire::Pingreq{}, out);
    awaits_pong_ = true;
}

void ToolSession::acknowledge(std::string& out) {
    if (!unacknowledged_) return;
    const auto [qos, packet_id] = *std::exchange(unacknowledged_, std::nullopt);
    if (qos == Qos::at_least_once) return send(wire::Puback{packet_id, ReasonCode::success, {}}, out);
    unread_.erase(packet_id);
    unreleased_.insert(packet_id);
    send(wire::Pubrec{packet_id, ReasonCode::success, {}}, out);
}

void ToolSession::drop_messages() {
    const auto is_message = [](const MqttEvent& event) { return std::holds_alternative<MqttMessage>(event); };
    events_.erase(std::remove_if(events_.begin(), events_.end(), is_message), events_.end());
    waiting_bytes_ = 0;
}

std::optional<MqttEvent> ToolSession::take_event(std::string& out) {
    acknowledge(out);
    if (events_.empty()) return std::nullopt;
    MqttEvent event = std::move(events_.front());
    events_.pop_front();
    const auto* message = std::get_if<MqttMessage>(&event);
    if (message != nullptr) waiting_bytes_ -= cost_of(*message);
    if (message != nullptr && message->qos != Qos::at_most_once) unacknowledged_ = {message->qos, message->packet_id};
    return event;
}

}  // namespace muster::fleet

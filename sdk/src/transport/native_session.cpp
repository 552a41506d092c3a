// SPDX-License-Identifier: Apache-2.0
// A client's part of MQTT on one connection.
#include "transport/native_session.hpp"

#include "transport/mqtt_reasons.hpp"
#include "transport/native_packets.hpp"
#include "wire/decode.hpp"
#include "wire/encode.hpp"
#include "wire/plain_publish.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace muster::transport {
namespace {

using wire::ReasonCode;

constexpr std::size_t connack_v311_bytes = 2;
// As many as most_property_bytes have room for: whoever may publish to us could end every connection by one more.
constexpr std::size_t most_user_properties = most_property_bytes / 5;
constexpr std::size_t most_bytes_of_v311 = wire::max_variable_byte_integer + 5;

int number_of(ReasonCode reason) {
    return static_cast<int>(reason);
}

}  // namespace

NativeSession::NativeSession(LinkId id, const LinkOptions& options, LinkSink& sink, ClientMemory& memory)
    : id_(id),
      options_(options),
      version_(options.protocol == Protocol::mqtt5 ? wire::Version::v5 : wire::Version::v311),
      sink_(sink),
      memory_(memory) {}

Result<void> NativeSession::connect(std::string& out) {
    wire::Packet packet{wire::Connect()};
    auto filled = fill(*std::get_if<wire::Connect>(&packet), options_);
    if (filled) wire::encode(packet, version_, out);
    return filled;
}

std::optional<NativeSession::Delivery> NativeSession::read(std::string_view& in, std::string& out) {
    const std::size_t most = version_ == wire::Version::v5 ? most_packet_bytes : most_bytes_of_v311;
    while (!is_over()) {
        const auto next = wire::next_frame(in, most);
        if (std::holds_alternative<wire::NeedMore>(next)) return std::nullopt;
        if (const auto* error = std::get_if<wire::DecodeError>(&next)) {
            broken(error->what);
            return std::nullopt;
        }
        const auto& frame = std::get<wire::Frame>(next);
        in.remove_prefix(frame.total_size);
        if (is_greeting()) {
            greet(frame);
        } else if (auto delivery = handle(frame, out)) {
            return delivery;
        }
    }
    return std::nullopt;
}

void NativeSession::broken(const char* why) {
    if (is_greeting())
        down(Error{Code::unreachable, std::string("what answers there is no MQTT broker: ") + why, "check host and port of the endpoint"});
    else
        down(Error{Code::rejected, std::string("the broker breaks the rules of MQTT: ") + why});
}

// A broker that does not know version 5 answers in the words of the one it knows (MQTT 3.1.1, section 3.1.2.2).
void NativeSession::greet(const wire::Frame& frame) {
    if (frame.type != wire::PacketType::connack) return broken("there is no CONNACK");
    const bool is_v311 = version_ == wire::Version::v311 || frame.body.size() == connack_v311_bytes;
    const auto decoded = wire::decode(frame, is_v311 ? wire::Version::v311 : version_);
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) return broken(error->what);
    const auto& connack = std::get<wire::Connack>(std::get<wire::Packet>(decoded));
    if (connack.reason != ReasonCode::success) return refused(connack, is_v311);
    if (is_v311 && version_ == wire::Version::v5) return broken("a CONNACK without the properties of version 5");
    may_identify_ = connack.properties.subscription_identifier_available.value_or(1) == 1;
    if (!connack.session_present) memory_.unreleased.clear();
    state_ = State::up;
    sink_.link_up(id_, up_of(connack));
}

void NativeSession::refused(const wire::Connack& connack, bool is_v311) {
    constexpr const char* refusal = "the broker refused the connection";
    const int number = number_of(connack.reason);
    const bool is_version = is_v311 ? number == 1 : connack.reason == ReasonCode::unsupported_protocol_version;
    if (is_version) sink_.version_refused(id_);
    LinkDown told(is_v311 ? error_for_return_code(number, refusal) : error_for_reason(number, refusal));
    take_hints(connack.properties, told);
    down(told);
}

std::optional<NativeSession::Delivery> NativeSession::handle(const wire::Frame& frame, std::string& out) {
    if (const auto packet_id = wire::read_plain_puback(frame); packet_id != 0) {
        settle(packet_id, ReasonCode::success);
        return std::nullopt;
    }
    const auto decoded = wire::decode(frame, version_, most_user_properties);
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) {
        broken(error->what);
        return std::nullopt;
    }
    const auto& packet = std::get<wire::Packet>(decoded);
    if (const auto* publish = std::get_if<wire::Publish>(&packet)) return handle(*publish, out);
    handle(packet, out);
    return std::nullopt;
}

void NativeSession::handle(const wire::Packet& packet, std::string& out) {
    if (const auto* puback = std::get_if<wire::Puback>(&packet)) return settle(puback->packet_id, puback->reason);
    if (const auto* pubrec = std::get_if<wire::Pubrec>(&packet)) return handle(*pubrec, out);
    if (const auto* pubrel = std::get_if<wire::Pubrel>(&packet)) return handle(*pubrel, out);
    if (const auto* pubcomp = std::get_if<wire::Pubcomp>(&packet)) return settle(pubcomp->packet_id, pubcomp->reason);
    if (const auto* suback = std::get_if<wire::Suback>(&packet)) return answered(suback->packet_id, suback->reasons.front());
    if (const auto* unsuback = std::get_if<wire::Unsuback>(&packet))
        return answered(unsuback->packet_id, unsuback->reasons.empty() ? ReasonCode::success : unsuback->reasons.front());
    if (const auto* disconnect = std::get_if<wire::Disconnect>(&packet)) {
        LinkDown told(error_for_reason(number_of(disconnect->reason), "the broker ended the connection"));
        take_hints(disconnect->properties, told);
        return down(told);
    }
    if (!std::holds_alternative<wire::Pingresp>(packet)) return broken("a packet that only clients send, or that nobody asked for");
    awaits_pong_ = false;
}

std::optional<NativeSession::Delivery> NativeSession::handle(const wire::Publish& publish, std::string& out) {
    // We have offered none (MQTT 5.0, section 3.1.2.11.5).
    if (publish.properties.topic_alias) {
        broken("a topic alias that nobody has offered");
        return std::nullopt;
    }
    const bool is_known = publish.qos == Qos::exactly_once && memory_.unreleased.count(publish.packet_id) != 0;
    if (!is_known) return Delivery{arrival_of(publish), publish.qos, publish.packet_id};
    wire::encode(wire::Packet(wire::Pubrec{publish.packet_id, ReasonCode::success, {}}), version_, out);
    return std::nullopt;
}

void NativeSession::acknowledge(const Delivery& delivery, std::string& out) {
    if (is_over() || delivery.packet_id == 0) return;
    if (delivery.qos == Qos::at_least_once) return wire::encode_puback(delivery.packet_id, ReasonCode::success, version_, out);
    memory_.unreleased.insert(delivery.packet_id);
    wire::encode(wire::Packet(wire::Pubrec{delivery.packet_id, ReasonCode::success, {}}), version_, out);
}

void NativeSession::handle(const wire::Pubrec& pubrec, std::string& out) {
    const auto found =
        std::find_if(in_flight_.begin(), in_flight_.end(), [&](const InFlight& one) { return one.packet_id == pubrec.packet_id; });
    const bool is_ours = found != in_flight_.end() && found->qos == Qos::exactly_once;
    if (is_ours && wire::is_failure(pubrec.reason)) return settle(pubrec.packet_id, pubrec.reason);
    wire::encode(wire::Packet(wire::Pubrel{pubrec.packet_id, is_ours ? ReasonCode::success : ReasonCode::packet_identifier_not_found, {}}),
                 version_, out);
}

void NativeSession::handle(const wire::Pubrel& pubrel, std::string& out) {
    const bool is_known = memory_.unreleased.erase(pubrel.packet_id) != 0;
    wire::encode(
        wire::Packet(wire::Pubcomp{pubrel.packet_id, is_known ? ReasonCode::success : ReasonCode::packet_identifier_not_found, {}}),
        version_, out);
}

void NativeSession::settle(wire::PacketId packet_id, ReasonCode reason) {
    const auto found = std::find_if(in_flight_.begin(), in_flight_.end(), [&](const InFlight& one) { return one.packet_id == packet_id; });
    if (found == in_flight_.end()) return;
    const SendId id = found->id;
    in_flight_.erase(found);
    sent(id,
         wire::is_failure(reason) ? Result<void>(error_for_reason(number_of(reason), "the broker refused the message")) : Result<void>());
}

void NativeSession::sent(SendId id, const Result<void>& outcome) {
    if (!is_over()) sink_.sent(id_, id, outcome);
}

wire::PacketId NativeSession::next_packet_id() {
    const auto is_taken = [this](wire::PacketId id) {
        return std::any_of(in_flight_.begin(), in_flight_.end(), [id](const InFlight& one) { return one.packet_id == id; }) ||
               std::any_of(asked_.begin(), asked_.end(), [id](const Asked& one) { return one.packet_id == id; });
    };
    do {
        ++memory_.last_packet_id;
    } while (memory_.last_packet_id == 0 || is_taken(memory_.last_packet_id));
    return memory_.last_packet_id;
}

void NativeSession::send(SendId id, const Message& message, std::string& out) {
    if (!is_up()) return;
    constexpr std::size_t most_in_flight = 65'000;
    if (in_flight_.size() >= most_in_flight) return sent(id, Error{Code::unavailable, "too many messages are in flight"});
    if (auto filled = fill(packet_, message); !filled) return sent(id, filled);
    packet_.packet_id = message.qos == Qos::at_most_once ? wire::PacketId{0} : next_packet_id();
    wire::encode(packet_, version_, out);
    if (packet_.packet_id == 0)
        unflushed_.push_back(id);
    else
        in_flight_.push_back({packet_.packet_id, id, message.qos});
}

void NativeSession::flushed() {
    for (const SendId id : std::exchange(unflushed_, {})) sent(id, {});
}

// One packet for each filter: a subscription identifier is the packet's (MQTT 5.0, section 3.8.2.1.2).
void NativeSession::subscribe(const std::vector<Subscription>& subscriptions, std::string& out) {
    if (!is_up()) return;
    is_removal_ = false;
    asked_.assign(subscriptions.size(), {});
    for (std::size_t i = 0; i < subscriptions.size(); ++i) {
        const Subscription& subscription = subscriptions[i];
        auto checked = check(subscription);
        if (checked && version_ == wire::Version::v311) checked = check_for_3_1_1(subscription);
        if (!checked) {
            asked_[i].outcome = std::move(checked);
            continue;
        }
        wire::Subscribe packet{next_packet_id(), {}, {request_of(subscription)}};
        if (may_identify_ && subscription.identifier != 0) packet.properties.subscription_identifiers.push_back(subscription.identifier);
        ask(i, packet, packet.packet_id, out);
    }
    tell_answers();
}

void NativeSession::unsubscribe(const std::vector<std::string>& filters, std::string& out) {
    if (!is_up()) return;
    is_removal_ = true;
    asked_.assign(filters.size(), {});
    for (std::size_t i = 0; i < filters.size(); ++i) {
        if (auto checked = check({filters[i]}); !checked) {
            asked_[i].outcome = std::move(checked);
            continue;
        }
        const wire::Unsubscribe packet{next_packet_id(), {}, {filters[i]}};
        ask(i, packet, packet.packet_id, out);
    }
    tell_answers();
}

void NativeSession::ask(std::size_t index, const wire::Packet& packet, wire::PacketId packet_id, std::string& out) {
    asked_[index].packet_id = packet_id;
    wire::encode(packet, version_, out);
}

void NativeSession::answered(wire::PacketId packet_id, ReasonCode reason) {
    for (Asked& one : asked_) {
        if (one.packet_id != packet_id || one.outcome) continue;
        one.outcome = wire::is_failure(reason) ? Result<void>(error_for_reason(number_of(reason), "refused")) : Result<void>();
    }
    tell_answers();
}

void NativeSession::tell_answers() {
    if (asked_.empty() || !std::all_of(asked_.begin(), asked_.end(), [](const Asked& one) { return one.outcome.has_value(); })) return;
    std::vector<Result<void>> all;
    for (Asked& one : asked_) all.push_back(*std::move(one.outcome));
    asked_.clear();
    is_removal_ ? sink_.unsubscribed(id_, all) : sink_.subscribed(id_, all);
}

void NativeSession::ping(std::string& out) {
    wire::encode(wire::Packet(wire::Pingreq{}), version_, out);
    awaits_pong_ = true;
}

void NativeSession::close(std::string& out) {
    if (!is_up()) return;
    state_ = State::closing;
    wire::encode(wire::Packet(wire::Disconnect{}), version_, out);
}

void NativeSession::down(const LinkDown& reason) {
    if (is_over()) return;
    state_ = State::over;
    sink_.link_down(id_, reason);
}

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// The client's part of MQTT, as a load needs it.
#include "bench/session.hpp"

#include "bench/names.hpp"
#include "bench/refusal.hpp"
#include "client/packet_note.hpp"
#include "client/properties.hpp"
#include "wire/decode.hpp"
#include "wire/encode.hpp"
#include "wire/plain_publish.hpp"

#include <algorithm>
#include <utility>

namespace muster::fleet {
namespace {

constexpr std::size_t max_packet_size = wire::max_variable_byte_integer;
constexpr std::size_t packet_id_bytes = 2;
constexpr std::size_t length_bytes = 2;
constexpr wire::PacketId subscribe_packet_id = 1;
constexpr std::size_t connack_v311_bytes = 2;
// How long a PINGRESP may take, in keep-alive intervals: half of one, as brokers allow clients.
constexpr int pong_share = 2;

wire::PacketId number_at(std::string_view bytes, std::size_t at) {
    return static_cast<wire::PacketId>(static_cast<unsigned char>(bytes[at]) << 8U | static_cast<unsigned char>(bytes[at + 1]));
}

// Type and packet identifier are the whole packet in both versions when all is well; the encoder would cost more than the rest here.
void append_acknowledgement(wire::PacketType type, wire::PacketId packet_id, std::string& out) {
    const unsigned flags = type == wire::PacketType::pubrel ? 2U : 0U;
    out += static_cast<char>(static_cast<unsigned>(type) << 4U | flags);
    out += static_cast<char>(packet_id_bytes);
    out += static_cast<char>(packet_id >> 8U);
    out += static_cast<char>(packet_id & 255U);
}

// Of those that a PUBLISH may have: most have none, and with a template each message asks.
bool has_any(const MqttProperties& properties) {
    return properties.payload_format_indicator || properties.message_expiry_interval || properties.content_type ||
           properties.response_topic || properties.correlation_data || !properties.user.empty();
}

// Of a broker that has let us in.
Error broken(const char* why) {
    return {Code::rejected, std::string("what the broker sent is not MQTT: ") + why};
}

}  // namespace

class ClientSession::Telling {
public:
    Telling(const ClientSession& session, const std::string& out) : session_(session), out_(out), begin_(out.size()) {}
    ~Telling() {
        if (session_.plan_.observer) tell_all(std::string_view(out_).substr(std::min(begin_, out_.size())));
    }
    Telling(const Telling&) = delete;
    Telling& operator=(const Telling&) = delete;

private:
    void tell_all(std::string_view rest) const {
        while (!rest.empty()) {
            const auto next = wire::next_frame(rest, max_packet_size);
            const auto* frame = std::get_if<wire::Frame>(&next);
            if (frame == nullptr) return;
            const auto decoded = wire::decode(*frame, session_.plan_.version);
            if (const auto* packet = std::get_if<wire::Packet>(&decoded)) session_.tell(*packet, true);
            rest.remove_prefix(frame->total_size);
        }
    }

    const ClientSession& session_;
    const std::string& out_;
    std::size_t begin_;
};

void ClientSession::tell(const wire::Packet& packet, bool is_sent) const {
    if (!plan_.observer) return;
    MqttPacket note = note_of(packet, is_sent);
    if (!is_sent) hide_secret(note, names_.password);
    plan_.observer(names_.client_id, note);
}

ClientSession::ClientSession(const SessionPlan& plan, SessionNames names, std::uint32_t number)
    : plan_(plan), names_(std::move(names)), keep_alive_(plan.keep_alive), in_flight_limit_(plan.in_flight) {
    stamp_.run = plan.run;
    stamp_.boot = plan.boot;
    stamp_.publisher = number;
    if (names_.topic.empty()) return;
    wire::Publish publish = next_publish(plan.payload);
    if (publish.qos != Qos::at_most_once) publish.packet_id = 1;
    make_head(publish);
}

wire::Publish ClientSession::next_publish(std::string_view payload) const {
    wire::Publish publish;
    publish.qos = plan_.qos;
    publish.topic = names_.topic;
    publish.payload = payload;
    if (has_any(plan_.greeting.publish)) publish.properties = view_of(plan_.greeting.publish, wire::PropertyPlace::publish);
    return publish;
}

void ClientSession::make_head(const wire::Publish& publish) {
    wire::encode(publish, plan_.version, head_);
    head_.resize(head_.size() - plan_.payload.size());
    if (publish.qos == Qos::at_most_once) return;
    std::size_t body_at = 1;
    while ((static_cast<unsigned char>(head_[body_at]) & 0x80U) != 0) ++body_at;
    packet_id_at_ = body_at + 1 + length_bytes + publish.topic.size();
}

void ClientSession::start(base::SteadyTime now) {
    state_ = State::opening;
    started_ = now;
}

void ClientSession::opened(const SessionStep& step) {
    const Telling telling(*this, step.out);
    wire::Connect connect;
    connect.version = plan_.version;
    connect.keep_alive = static_cast<std::uint16_t>(plan_.keep_alive.count());
    connect.client_id = names_.client_id;
    if (!names_.username.empty()) connect.username = names_.username;
    if (!names_.password.empty()) connect.password = names_.password;
    connect.clean_start = plan_.greeting.clean_start;
    connect.properties = view_of(plan_.greeting.connect, wire::PropertyPlace::connect);
    std::string will_topic;
    std::string will_payload;
    if (const auto& will = plan_.greeting.will) {
        will_topic = names_.will ? names_.will->first : expand_name(will->topic, stamp_.publisher, plan_.run_id);
        will_payload = names_.will ? names_.will->second : expand_name(will->payload, stamp_.publisher, plan_.run_id);
        connect.will = {will_topic, will_payload, will->qos, will->retain, view_of(will->properties, wire::PropertyPlace::will)};
    }
    wire::encode(wire::Packet(connect), plan_.version, step.out);
    state_ = State::greeting;
    last_sent_ = step.now;
}

void ClientSession::say_goodbye(std::string& out) const {
    const Telling telling(*this, out);
    wire::Disconnect disconnect;
    disconnect.properties = view_of(plan_.goodbye, wire::PropertyPlace::disconnect);
    wire::encode(wire::Packet(disconnect), plan_.version, out);
}

std::size_t ClientSession::read(std::string_view bytes, const SessionStep& step) {
    std::size_t handled = 0;
    while (state_ != State::idle) {
        const auto next = wire::next_frame(bytes.substr(handled), max_packet_size);
        if (const auto* frame = std::get_if<wire::Frame>(&next)) {
            handle(*frame, step);
            handled += frame->total_size;
            continue;
        }
        if (const auto* error = std::get_if<wire::DecodeError>(&next)) {
            end(state_ == State::greeting ? no_mqtt(error->what) : broken(error->what), step);
        }
        break;
    }
    return handled;
}

void ClientSession::handle(const wire::Frame& frame, const SessionStep& step) {
    const Telling telling(*this, step.out);
    if (state_ == State::greeting) return handle_connack(frame, step);
    if (plan_.observer) {
        const auto decoded = wire::decode(frame, plan_.version);
        if (const auto* packet = std::get_if<wire::Packet>(&decoded)) tell(*packet, false);
    }
    switch (frame.type) {
        case wire::PacketType::publish:
            return handle_publish(frame, step);
        case wire::PacketType::puback:
        case wire::PacketType::pubrec:
        case wire::PacketType::pubrel:
        case wire::PacketType::pubcomp:
            return handle_acknowledgement(frame, step);
        case wire::PacketType::pingresp:
            awaits_pong_ = false;
            return;
        default:
            return handle_rest(frame, step);
    }
}

// The rest of a PUBLISH is decoded when it has properties only: there are millions of them.
void ClientSession::handle_publish(const wire::Frame& frame, const SessionStep& step) {
    if (const auto plain = wire::read_plain_publish(frame, plan_.version)) {
        if (plain->qos == Qos::at_least_once) append_acknowledgement(wire::PacketType::puback, plain->packet_id, step.out);
        return step.events.received(plain->payload);
    }
    const auto decoded = wire::decode(frame, plan_.version);
    const auto* packet = std::get_if<wire::Packet>(&decoded);
    if (packet == nullptr) return end({Code::rejected, "the broker sent a PUBLISH that is none"}, step);
    const auto& publish = std::get<wire::Publish>(*packet);
    if (publish.qos == Qos::at_least_once) append_acknowledgement(wire::PacketType::puback, publish.packet_id, step.out);
    if (publish.qos == Qos::exactly_once) append_acknowledgement(wire::PacketType::pubrec, publish.packet_id, step.out);
    step.events.received(publish.payload);
}

void ClientSession::handle_acknowledgement(const wire::Frame& frame, const SessionStep& step) {
    if (frame.body.size() < packet_id_bytes) return end({Code::rejected, "the broker sent an acknowledgement of nothing"}, step);
    const wire::PacketId packet_id = number_at(frame.body, 0);
    const bool is_refused =
        frame.body.size() > packet_id_bytes && wire::is_failure(static_cast<wire::ReasonCode>(frame.body[packet_id_bytes]));
    if (frame.type == wire::PacketType::pubrel) return append_acknowledgement(wire::PacketType::pubcomp, packet_id, step.out);
    if (frame.type == wire::PacketType::pubrec && !is_refused) {
        return append_acknowledgement(wire::PacketType::pubrel, packet_id, step.out);
    }
    if (const auto sequence = in_flight_.settle(packet_id)) step.events.acknowledged(*sequence, is_refused);
}

void ClientSession::handle_rest(const wire::Frame& frame, const SessionStep& step) {
    const auto decoded = wire::decode(frame, plan_.version);
    const auto* packet = std::get_if<wire::Packet>(&decoded);
    if (packet == nullptr) return end(broken(std::get<wire::DecodeError>(decoded).what), step);
    if (const auto* suback = std::get_if<wire::Suback>(packet)) return handle_suback(*suback, step);
    if (const auto* disconnect = std::get_if<wire::Disconnect>(packet)) return end(refusal("DISCONNECT", disconnect->reason), step);
    end({Code::rejected, "the broker sent what a server does not send"}, step);
}

// A broker that does not know version 5 answers in the words of the one it knows (MQTT 3.1.1, section 3.1.2.2).
void ClientSession::handle_connack(const wire::Frame& frame, const SessionStep& step) {
    if (frame.type != wire::PacketType::connack) return end(no_mqtt("there is no CONNACK"), step);
    const bool is_v311 = plan_.version == wire::Version::v311 || frame.body.size() == connack_v311_bytes;
    const auto decoded = wire::decode(frame, is_v311 ? wire::Version::v311 : plan_.version);
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) return end(no_mqtt(error->what), step);
    tell(std::get<wire::Packet>(decoded), false);
    const auto& connack = std::get<wire::Connack>(std::get<wire::Packet>(decoded));
    if (connack.reason != wire::ReasonCode::success) {
        return end(is_v311 ? refusal_v311(static_cast<std::uint8_t>(connack.reason)) : refusal("CONNACK", connack.reason), step);
    }
    greeted(connack, step);
}

void ClientSession::greeted(const wire::Connack& connack, const SessionStep& step) {
    const wire::Properties& properties = connack.properties;
    if (properties.maximum_qos && *properties.maximum_qos < static_cast<std::uint8_t>(plan_.qos)) {
        return end({Code::rejected, "the broker's highest QoS is " + std::to_string(*properties.maximum_qos), "choose it with --qos"},
                   step);
    }
    if (properties.maximum_packet_size && *properties.maximum_packet_size < head_.size() + plan_.payload.size()) {
        return end({Code::too_large, "the broker takes packets of up to " + std::to_string(*properties.maximum_packet_size) + " bytes"},
                   step);
    }
    keep_alive_ = std::chrono::seconds(properties.server_keep_alive.value_or(static_cast<std::uint16_t>(plan_.keep_alive.count())));
    in_flight_limit_ = std::min<std::uint32_t>(plan_.in_flight, properties.receive_maximum.value_or(UINT16_MAX));
    if (names_.filter.empty()) return become_ready(step);
    state_ = State::subscribing;
    wire::Subscribe subscribe;
    subscribe.packet_id = subscribe_packet_id;
    subscribe.requests.push_back({.filter = names_.filter, .qos = plan_.qos});
    subscribe.properties = view_of(plan_.greeting.subscribe, wire::PropertyPlace::subscribe);
    wire::encode(wire::Packet(subscribe), plan_.version, step.out);
}

void ClientSession::handle_suback(const wire::Suback& suback, const SessionStep& step) {
    if (state_ != State::subscribing || suback.reasons.empty()) {
        return end({Code::rejected, "the broker sent a SUBACK out of turn"}, step);
    }
    if (wire::is_failure(suback.reasons.front())) {
        return end(refusal("SUBACK for '" + names_.filter + "'", suback.reasons.front()), step);
    }
    become_ready(step);
}

void ClientSession::become_ready(const SessionStep& step) {
    state_ = State::ready;
    awaits_pong_ = false;
    last_sent_ = step.now;
    step.events.ready();
}

void ClientSession::tick(const SessionStep& step) {
    if (state_ == State::idle || step.now < deadline()) return;
    if (state_ != State::ready) return end({Code::timeout, "the broker did not answer in time"}, step);
    if (awaits_pong_) return end({Code::timeout, "the broker did not answer a PINGREQ"}, step);
    const Telling telling(*this, step.out);
    wire::encode(wire::Packet(wire::Pingreq{}), plan_.version, step.out);
    awaits_pong_ = true;
    last_sent_ = step.now;
}

base::SteadyTime ClientSession::deadline() const noexcept {
    if (state_ == State::idle) return base::SteadyTime::max();
    if (state_ != State::ready) return started_ + plan_.connect_timeout;
    if (keep_alive_.count() == 0) return base::SteadyTime::max();
    return last_sent_ + (awaits_pong_ ? std::chrono::milliseconds(keep_alive_) / pong_share : std::chrono::milliseconds(keep_alive_));
}

bool ClientSession::may_publish() const noexcept {
    return state_ == State::ready && !head_.empty() && (packet_id_at_ == 0 || in_flight_.has_room(in_flight_limit_));
}

void ClientSession::publish(base::SteadyTime intended, base::SteadyTime now, std::string& out) {
    const Telling telling(*this, out);
    stamp_.intended = intended;
    if (!awaits_pong_) last_sent_ = now;
    if (plan_.payload_template) return publish_rendered(out);
    if (packet_id_at_ != 0) {
        const wire::PacketId packet_id = InFlight::packet_id_of(stamp_.sequence);
        head_[packet_id_at_] = static_cast<char>(packet_id >> 8U);
        head_[packet_id_at_ + 1] = static_cast<char>(packet_id & 255U);
        in_flight_.add(stamp_.sequence);
    }
    out += head_;
    const std::size_t payload_at = out.size();
    out += plan_.payload;
    write_stamp(stamp_, out.data() + payload_at);
    ++stamp_.sequence;
}

void ClientSession::publish_rendered(std::string& out) {
    PayloadValues values;
    values.client = stamp_.publisher;
    values.client_id = names_.client_id;
    values.run_id = plan_.run_id;
    values.time = std::chrono::floor<std::chrono::milliseconds>(stamp_.intended.time_since_epoch() + plan_.wall_ahead);
    values.stamp = stamp_;
    rendered_.clear();
    plan_.payload_template->render(values, rendered_);
    wire::Publish publish = next_publish(rendered_);
    if (publish.qos != Qos::at_most_once) {
        publish.packet_id = InFlight::packet_id_of(stamp_.sequence);
        in_flight_.add(stamp_.sequence);
    }
    wire::encode(publish, plan_.version, out);
    ++stamp_.sequence;
}

std::uint64_t ClientSession::send(wire::Publish message, base::SteadyTime now, std::string& out) {
    const Telling telling(*this, out);
    const std::uint64_t number = stamp_.sequence;
    if (message.qos != Qos::at_most_once) {
        message.packet_id = InFlight::packet_id_of(number);
        in_flight_.add(number);
        ++stamp_.sequence;
    }
    wire::encode(message, plan_.version, out);
    if (!awaits_pong_) last_sent_ = now;
    return number;
}

void ClientSession::stop() {
    state_ = State::idle;
    awaits_pong_ = false;
    in_flight_.clear();
}

void ClientSession::end(Error why, const SessionStep& step) {
    if (state_ == State::idle) return;
    stop();
    step.events.ended(std::move(why));
}

}  // namespace muster::fleet

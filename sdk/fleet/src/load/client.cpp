// SPDX-License-Identifier: Apache-2.0
// The client's part of MQTT, as little of it as a load needs.
#include "load/client.hpp"

#include "wire/decode.hpp"
#include "wire/encode.hpp"

#include <utility>

namespace muster::fleet {
namespace {

constexpr std::size_t max_packet_size = wire::max_variable_byte_integer;
constexpr std::size_t packet_id_bytes = 2;
constexpr wire::PacketId subscribe_packet_id = 1;

unsigned byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

std::string encode_connect(const ClientIdentity& identity, const Plan& plan) {
    wire::Connect connect;
    connect.version = plan.version;
    connect.keep_alive = static_cast<std::uint16_t>(plan.keep_alive.count());
    connect.client_id = identity.client_id;
    if (!identity.username.empty()) connect.username = identity.username;
    if (!identity.password.empty()) connect.password = identity.password;
    std::string bytes;
    wire::encode(wire::Packet(connect), plan.version, bytes);
    return bytes;
}

std::string encode_subscribe(const std::string& filter, Qos qos, wire::Version version) {
    wire::Subscribe subscribe;
    subscribe.packet_id = subscribe_packet_id;
    subscribe.requests.push_back({.filter = filter, .qos = qos});
    std::string bytes;
    wire::encode(wire::Packet(subscribe), version, bytes);
    return bytes;
}

std::string hexadecimal(wire::ReasonCode reason) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto value = static_cast<unsigned>(reason);
    return std::string("0x") + digits[value >> 4U] + digits[value & 15U];
}

}  // namespace

Result<void> Client::start(const Plan& plan, TlsClients* tls) {
    auto stream = Stream::connect(plan.target, number_);
    if (!stream) {
        state_ = State::failed;
        return std::move(stream).error();
    }
    stream_ = std::move(*stream);
    started_ = std::chrono::steady_clock::now();
    if (tls != nullptr) {
        auto ssl = tls->open(stream_.fd(), slot_, number_);
        if (!ssl) {
            state_ = State::failed;
            return std::move(ssl).error();
        }
        stream_.secure(std::move(*ssl));
    }
    unsent_ = encode_connect(group(plan).identity(number_), plan);
    state_ = State::connecting;
    return {};
}

void Client::close() {
    stream_.close();
    state_ = State::idle;
    has_stood_ = false;
    unread_.clear();
    unsent_.clear();
}

void Client::send(std::string_view bytes, ClientEvents& events) {
    if (unsent_.empty()) {
        const Transfer written = stream_.write(bytes);
        if (written.is_closed) return fail("the connection was lost while sending", events);
        bytes.remove_prefix(written.bytes);
    }
    unsent_ += bytes;
}

void Client::writable(ClientEvents& events) {
    flush(events);
}

void Client::flush(ClientEvents& events) {
    if (unsent_.empty() || state_ == State::failed) return;
    const Transfer written = stream_.write(unsent_);
    if (written.is_closed) return fail("the connection was lost while sending", events);
    unsent_.erase(0, written.bytes);
}

void Client::readable(std::string& scratch, const Plan& plan, ClientEvents& events) {
    const std::size_t kept = unread_.size();
    if (kept * 2 > scratch.size()) scratch.resize(kept * 2);
    unread_.copy(scratch.data(), kept);
    const Transfer got = stream_.read(scratch.data() + kept, scratch.size() - kept);
    if (got.is_closed) {
        return fail(state_ == State::ready ? "the broker closed the connection" : "the broker closed the connection before it stood",
                    events);
    }
    const std::string_view bytes(scratch.data(), kept + got.bytes);
    const std::size_t handled = handle_frames(bytes, plan, events);
    if (state_ == State::failed) return;
    unread_.assign(bytes.substr(handled));
    flush(events);
}

std::size_t Client::handle_frames(std::string_view bytes, const Plan& plan, ClientEvents& events) {
    std::size_t handled = 0;
    while (state_ != State::failed) {
        const auto next = wire::next_frame(bytes.substr(handled), max_packet_size);
        if (const auto* frame = std::get_if<wire::Frame>(&next)) {
            handle(*frame, plan, events);
            handled += frame->total_size;
            continue;
        }
        if (const auto* error = std::get_if<wire::DecodeError>(&next)) fail(std::string("what came is not MQTT: ") + error->what, events);
        break;
    }
    return handled;
}

void Client::handle(const wire::Frame& frame, const Plan& plan, ClientEvents& events) {
    const std::string_view packet_id = frame.body.substr(0, packet_id_bytes);
    switch (frame.type) {
        case wire::PacketType::publish:
            return handle_publish(frame, plan, events);
        case wire::PacketType::puback:
        case wire::PacketType::pubcomp:
            return events.acknowledged(*this);
        case wire::PacketType::pubrec:
            return acknowledge(wire::PacketType::pubrel, packet_id);
        case wire::PacketType::pubrel:
            return acknowledge(wire::PacketType::pubcomp, packet_id);
        case wire::PacketType::connack:
            return handle_connack(frame, plan, events);
        case wire::PacketType::suback:
            return handle_suback(frame, plan, events);
        case wire::PacketType::pingresp:
            return;
        default:
            return fail("the broker ended the connection or sent what a server does not send", events);
    }
}

// The payload is at the end, and its size is the plan's: no need to decode topic and properties of each of millions.
void Client::handle_publish(const wire::Frame& frame, const Plan& plan, ClientEvents& events) {
    const auto qos = static_cast<Qos>(frame.flags >> 1U & 3U);
    const std::string_view body = frame.body;
    if (qos != Qos::at_most_once && body.size() > packet_id_bytes) {
        const std::size_t topic_end = 2 + (byte_at(body, 0) << 8U | byte_at(body, 1));
        if (topic_end + packet_id_bytes > body.size()) return fail("a PUBLISH is shorter than its topic", events);
        acknowledge(qos == Qos::at_least_once ? wire::PacketType::puback : wire::PacketType::pubrec,
                    body.substr(topic_end, packet_id_bytes));
    }
    events.received(*this, body.size() < plan.payload_bytes ? std::string_view() : body.substr(body.size() - plan.payload_bytes));
}

void Client::handle_connack(const wire::Frame& frame, const Plan& plan, ClientEvents& events) {
    const auto decoded = wire::decode(frame, plan.version);
    const auto* packet = std::get_if<wire::Packet>(&decoded);
    if (packet == nullptr || state_ != State::connecting) return fail("a CONNACK that is none", events);
    const auto& connack = std::get<wire::Connack>(*packet);
    if (connack.reason != wire::ReasonCode::success) return fail("the broker refused: CONNACK " + hexadecimal(connack.reason), events);
    if (role_ == Role::publisher) return become_ready(events);
    state_ = State::subscribing;
    unsent_ += encode_subscribe(group(plan).identity(number_).topic, group(plan).qos, plan.version);
}

void Client::handle_suback(const wire::Frame& frame, const Plan& plan, ClientEvents& events) {
    const auto decoded = wire::decode(frame, plan.version);
    const auto* packet = std::get_if<wire::Packet>(&decoded);
    if (packet == nullptr || state_ != State::subscribing) return fail("a SUBACK that is none", events);
    const wire::ReasonCode reason = std::get<wire::Suback>(*packet).reasons.at(0);
    if (wire::is_failure(reason)) return fail("the broker refused: SUBACK " + hexadecimal(reason), events);
    become_ready(events);
}

void Client::become_ready(ClientEvents& events) {
    state_ = State::ready;
    has_stood_ = true;
    events.ready(*this);
}

// Type and packet identifier are the whole packet in both versions when all is well; the encoder would cost more than the rest here.
void Client::acknowledge(wire::PacketType type, std::string_view packet_id) {
    const unsigned flags = type == wire::PacketType::pubrel ? 2U : 0U;
    unsent_ += static_cast<char>(static_cast<unsigned>(type) << 4U | flags);
    unsent_ += static_cast<char>(packet_id_bytes);
    unsent_ += packet_id;
}

void Client::fail(std::string why, ClientEvents& events) {
    if (state_ == State::failed) return;
    state_ = State::failed;
    stream_.close();
    events.failed(*this, std::move(why));
}

}  // namespace muster::fleet

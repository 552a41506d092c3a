// SPDX-License-Identifier: Apache-2.0
// A client that says exactly what the test wants.
#include "conformance/client.hpp"

#include "wire/decode.hpp"
#include "wire/encode.hpp"
#include "wire/writer.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace muster::test {
namespace {

constexpr int patience_ms = 10'000;

int connect_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

}  // namespace

std::string raw_packet(unsigned first_byte, const std::string& body) {
    std::string bytes;
    wire::put_byte(bytes, first_byte);
    wire::put_variable(bytes, body.size());
    return bytes + body;
}

std::string raw_text(std::string_view text) {
    std::string bytes;
    wire::put_two(bytes, static_cast<unsigned>(text.size()));
    return bytes + std::string(text);
}

Client::Client(std::uint16_t port, Version version) : version_(version), fd_(connect_to(port)) {}

Client::Client(Client&& other) noexcept
    : version_(other.version_),
      fd_(std::exchange(other.fd_, -1)),
      unread_(std::move(other.unread_)),
      frames_(std::move(other.frames_)),
      packets_(std::move(other.packets_)),
      last_id_(other.last_id_) {}

Client& Client::operator=(Client&& other) noexcept {
    cut();
    version_ = other.version_;
    fd_ = std::exchange(other.fd_, -1);
    unread_ = std::move(other.unread_);
    frames_ = std::move(other.frames_);
    packets_ = std::move(other.packets_);
    last_id_ = other.last_id_;
    return *this;
}

void Client::send(const wire::Packet& packet) {
    std::string bytes;
    wire::encode(packet, version_, bytes);
    send_bytes(bytes);
}

// A broker that has closed already is seen when reading.
void Client::send_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void Client::cut() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Client::disconnect() {
    send(wire::Disconnect{});
    expect_closed();
}

// False at the connection's end.
bool Client::read_more() {
    pollfd poll{fd_, POLLIN, 0};
    if (::poll(&poll, 1, patience_ms) != 1) FAIL("nothing came within ten seconds");
    std::array<char, 65'536> buffer{};
    const auto count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

const wire::Packet& Client::next() {
    while (true) {
        const auto framed = wire::next_frame(unread_, wire::max_variable_byte_integer);
        REQUIRE_FALSE(std::holds_alternative<wire::DecodeError>(framed));
        if (const auto* frame = std::get_if<wire::Frame>(&framed)) {
            frames_.push_back(unread_.substr(0, frame->total_size));
            unread_.erase(0, frame->total_size);
            break;
        }
        if (!read_more()) FAIL("the broker closed the connection, a packet was expected");
    }
    const auto whole = wire::next_frame(frames_.back(), wire::max_variable_byte_integer);
    const auto decoded = wire::decode(std::get<wire::Frame>(whole), version_);
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) FAIL("the broker sent what is no packet: " << error->what);
    return packets_.emplace_back(std::get<wire::Packet>(decoded));
}

void Client::fail_unexpected(const wire::Packet& packet) {
    const auto type = packet.index() + 1;
    if (const auto* goodbye = std::get_if<wire::Disconnect>(&packet))
        FAIL("not the packet that was expected but DISCONNECT " << static_cast<unsigned>(goodbye->reason));
    FAIL("not the packet that was expected but one of type " << type);
    throw std::logic_error("not reached");
}

void Client::expect_closed() {
    while (unread_.empty() && read_more()) {
    }
    if (!unread_.empty()) fail_unexpected(next());
}

void Client::expect_closed_for(ReasonCode reason) {
    if (version_ == Version::v5) CHECK(expect<wire::Disconnect>().reason == reason);
    expect_closed();
}

// One connection's packets keep their order, so whatever was due comes before the answer.
void Client::expect_nothing() {
    send(wire::Pingreq{});
    expect<wire::Pingresp>();
}

ReasonCode Client::subscribe(std::string_view filter, Qos qos) {
    send(wire::Subscribe{++last_id_, {}, {{filter, qos, false, false, 0}}});
    const auto& answer = expect<wire::Suback>();
    REQUIRE(answer.packet_id == last_id_);
    REQUIRE(answer.reasons.size() == 1);
    return answer.reasons.front();
}

void Client::unsubscribe(std::string_view filter) {
    send(wire::Unsubscribe{++last_id_, {}, {filter}});
    REQUIRE(expect<wire::Unsuback>().packet_id == last_id_);
}

void Client::publish(std::string_view topic, std::string_view payload, Qos qos, bool retain) {
    wire::Publish message;
    message.topic = topic;
    message.payload = payload;
    message.qos = qos;
    message.retain = retain;
    publish(message);
}

void Client::publish(const wire::Publish& message) {
    wire::Publish packet = message;
    if (packet.qos != Qos::at_most_once) packet.packet_id = ++last_id_;
    send(packet);
    if (packet.qos == Qos::at_least_once) REQUIRE(expect<wire::Puback>().packet_id == last_id_);
    if (packet.qos == Qos::exactly_once) {
        REQUIRE(expect<wire::Pubrec>().packet_id == last_id_);
        send(wire::Pubrel{last_id_, ReasonCode::success, {}});
        REQUIRE(expect<wire::Pubcomp>().packet_id == last_id_);
    }
}

const wire::Publish& Client::receive() {
    const auto& message = expect<wire::Publish>();
    if (message.qos == Qos::at_least_once) send(wire::Puback{message.packet_id, ReasonCode::success, {}});
    if (message.qos == Qos::exactly_once) {
        send(wire::Pubrec{message.packet_id, ReasonCode::success, {}});
        REQUIRE(expect<wire::Pubrel>().packet_id == message.packet_id);
        send(wire::Pubcomp{message.packet_id, ReasonCode::success, {}});
    }
    return message;
}

}  // namespace muster::test

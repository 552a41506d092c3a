// SPDX-License-Identifier: Apache-2.0
// A WebSocket client, frame by frame.
#include "conformance/websocket.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace muster::test {
namespace {

constexpr int patience_ms = 10'000;
constexpr unsigned final_bit = 0x80;
constexpr unsigned masked_bit = 0x80;
constexpr std::size_t short_length = 125;  // Longer ones follow in two bytes.
constexpr unsigned length_in_two_bytes = 126;
constexpr std::string_view mask = "mask";
constexpr std::string_view protocol_header = "Sec-WebSocket-Protocol: ";

}  // namespace

WebSocket::WebSocket(std::uint16_t port, std::string_view protocols) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    std::string request =
        "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    if (!protocols.empty()) request += std::string(protocol_header) + std::string(protocols) + "\r\n";
    write(request + "\r\n");
    const std::string first = take_line();
    REQUIRE(first.rfind("HTTP/1.1 ", 0) == 0);
    status_ = std::stoi(first.substr(9));
    for (std::string line = take_line(); !line.empty(); line = take_line()) {
        if (line.rfind(protocol_header, 0) == 0) protocol_ = line.substr(protocol_header.size());
    }
}

WebSocket::~WebSocket() {
    ::close(fd_);
}

void WebSocket::send(Opcode opcode, std::string_view payload, bool is_final) {
    std::string frame;
    frame += static_cast<char>((is_final ? final_bit : 0) | static_cast<unsigned>(opcode));
    const auto size = static_cast<unsigned>(payload.size());
    if (size <= short_length) {
        frame += static_cast<char>(masked_bit | size);
    } else {
        REQUIRE(size <= UINT16_MAX);
        frame += static_cast<char>(masked_bit | length_in_two_bytes);
        frame += static_cast<char>(size >> 8U);
        frame += static_cast<char>(size & 0xFFU);
    }
    frame += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
    write(frame);
}

WebSocket::Frame WebSocket::receive() {
    const std::string head = take(2);
    const unsigned opcode = static_cast<unsigned char>(head[0]) & 0x0FU;
    std::size_t size = static_cast<unsigned char>(head[1]);
    if (size == length_in_two_bytes) {
        const std::string length = take(2);
        size = static_cast<unsigned char>(length[0]) * 256U + static_cast<unsigned char>(length[1]);
    }
    REQUIRE(size <= UINT16_MAX);
    return {static_cast<Opcode>(opcode), take(size)};
}

std::string WebSocket::receive_bytes(std::size_t count) {
    while (received_.size() < count) {
        const Frame frame = receive();
        REQUIRE(frame.opcode == Opcode::binary);
        received_ += frame.payload;
    }
    const std::string bytes = received_.substr(0, count);
    received_.erase(0, count);
    return bytes;
}

void WebSocket::expect_end() {
    while (unread_.empty() && read_more()) {
    }
    CHECK(unread_.empty());
}

// A broker that has closed already is seen when reading.
void WebSocket::write(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool WebSocket::read_more() {
    pollfd poll{fd_, POLLIN, 0};
    if (::poll(&poll, 1, patience_ms) != 1) FAIL("nothing came within ten seconds");
    std::array<char, 4'096> buffer{};
    const auto count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count > 0) unread_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

std::string WebSocket::take(std::size_t count) {
    while (unread_.size() < count) REQUIRE(read_more());
    const std::string taken = unread_.substr(0, count);
    unread_.erase(0, count);
    return taken;
}

std::string WebSocket::take_line() {
    while (unread_.find("\r\n") == std::string::npos) REQUIRE(read_more());
    const std::string line = take(unread_.find("\r\n"));
    unread_.erase(0, 2);
    return line;
}

}  // namespace muster::test

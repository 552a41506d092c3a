// SPDX-License-Identifier: Apache-2.0
// An MQTT client that does what the test says, byte by byte, and sees what the broker does to its connection.
#pragma once

#include "wire/decode.hpp"
#include "wire/encode.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace muster::test {

using namespace std::chrono_literals;

/// Threads: one. Everything that waits gives up after `patience`.
class RawClient {
public:
    static constexpr std::chrono::milliseconds patience{20'000};

    explicit RawClient(const std::string& url) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1))));
        ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        is_connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { ::close(fd_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    [[nodiscard]] bool is_connected() const { return is_connected_; }

    void send_bytes(const std::string& bytes) const { static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL)); }
    void send(const wire::Packet& packet) const {
        std::string bytes;
        wire::encode(packet, version_, bytes);
        send_bytes(bytes);
    }
    /// CONNECT as the application `acme/dash`.
    void greet(const std::string& client_id, bool clean_start = true, wire::Version version = wire::Version::v5) {
        version_ = version;
        wire::Connect connect;
        connect.version = version;
        connect.client_id = client_id;
        connect.clean_start = clean_start;
        connect.username = "acme/dash";
        connect.password = "open sesame";
        if (!clean_start && version == wire::Version::v5) connect.properties.session_expiry_interval = 3'600;
        send(connect);
    }
    void publish(const std::string& topic, const std::string& payload, Qos qos, wire::PacketId id = 0) const {
        wire::Publish packet;
        packet.topic = topic;
        packet.payload = payload;
        packet.qos = qos;
        packet.packet_id = id;
        send(packet);
    }
    void subscribe(const std::string& filter) const {
        wire::Subscribe packet;
        packet.packet_id = 1;
        packet.requests.push_back({filter, Qos::at_least_once, false, false, 0});
        send(packet);
    }

    /// The next packet, whose views live until the next call. None: the connection has ended, or nothing came in time.
    std::optional<wire::Packet> next(std::chrono::milliseconds wait = patience) {
        received_.erase(0, taken_);
        taken_ = 0;
        while (true) {
            const auto frame = wire::next_frame(received_, 1U << 20U);
            if (const auto* whole = std::get_if<wire::Frame>(&frame)) {
                taken_ = whole->total_size;
                const auto decoded = wire::decode(*whole, version_);
                const auto* packet = std::get_if<wire::Packet>(&decoded);
                return packet != nullptr ? std::optional(*packet) : std::nullopt;
            }
            if (!receive(wait)) return std::nullopt;
        }
    }
    /// The next packet, which must be a P.
    template <class P>
    P expect() {
        const auto packet = next();
        REQUIRE(packet);
        REQUIRE(std::holds_alternative<P>(*packet));
        return std::get<P>(*packet);
    }
    /// The broker has ended the connection; what came before that and was not taken is in `received`.
    bool is_cut() {
        while (!has_ended_) {
            if (!receive(patience)) return has_ended_;
        }
        return true;
    }
    /// Nothing comes, and the connection stays.
    bool is_silent_for(std::chrono::milliseconds time) { return !receive(time) && !has_ended_; }
    [[nodiscard]] std::string received() const { return received_.substr(taken_); }

private:
    bool receive(std::chrono::milliseconds wait) {
        pollfd wanted{fd_, POLLIN, 0};
        if (has_ended_ || ::poll(&wanted, 1, static_cast<int>(wait.count())) <= 0) return false;
        char buffer[4'096];
        const auto count = ::recv(fd_, buffer, sizeof buffer, 0);
        has_ended_ = count <= 0;
        if (count > 0) received_.append(buffer, static_cast<std::size_t>(count));
        return count > 0;
    }

    int fd_;
    bool is_connected_ = false;
    bool has_ended_ = false;
    wire::Version version_ = wire::Version::v5;
    std::string received_;
    std::size_t taken_ = 0;
};

}  // namespace muster::test

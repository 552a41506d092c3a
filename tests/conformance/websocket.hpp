// SPDX-License-Identifier: Apache-2.0
// A WebSocket client that sends what the test wants, frame by frame.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::test {

/// RFC 6455, section 5.2.
enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// What does not come within ten seconds fails the test. Threads: one.
class WebSocket {
public:
    struct Frame {
        Opcode opcode = Opcode::binary;
        std::string payload;
    };

    /// Asks for `/mqtt` with these subprotocols; empty: with none.
    WebSocket(std::uint16_t port, std::string_view protocols);
    ~WebSocket();
    WebSocket(const WebSocket&) = delete;
    WebSocket& operator=(const WebSocket&) = delete;

    /// Of the answer to the handshake: 101 if it was accepted.
    [[nodiscard]] int status() const { return status_; }
    /// What the server selected.
    [[nodiscard]] const std::string& protocol() const { return protocol_; }

    void send(Opcode opcode, std::string_view payload, bool is_final = true);
    [[nodiscard]] Frame receive();
    /// So many bytes of MQTT, whatever frames they come in, each of which must be binary.
    [[nodiscard]] std::string receive_bytes(std::size_t count);
    /// Nothing more comes but the end of the network connection.
    void expect_end();

private:
    void write(std::string_view bytes) const;
    [[nodiscard]] bool read_more();
    [[nodiscard]] std::string take(std::size_t count);
    [[nodiscard]] std::string take_line();

    int fd_ = -1;
    int status_ = 0;
    std::string protocol_;
    std::string unread_;
    std::string received_;
};

}  // namespace muster::test

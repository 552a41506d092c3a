// SPDX-License-Identifier: Apache-2.0
// A client that says exactly what the test wants, malformed bytes too, over a real socket.
#pragma once

#include "wire/packets.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <variant>

namespace muster::test {

using wire::ReasonCode;
using wire::Version;

/// A packet as bytes: its first byte, the length of its body, its body.
[[nodiscard]] std::string raw_packet(unsigned first_byte, const std::string& body);
/// A string as it stands in a packet: its length in two bytes, then itself, whatever that is.
[[nodiscard]] std::string raw_text(std::string_view text);

/// One MQTT connection. What does not come within ten seconds fails the test, and so does anything that was not expected. Views into a
/// packet that `expect` gave are valid as long as the client. Threads: one.
class Client {
public:
    Client(std::uint16_t port, Version version);
    Client(Client&& other) noexcept;
    Client& operator=(Client&& other) noexcept;
    ~Client() { cut(); }

    void send(const wire::Packet& packet);
    void send_bytes(std::string_view bytes);
    /// Closes the network connection without a word.
    void cut();
    /// DISCONNECT with reason 0, then waits for the broker to close.
    void disconnect();

    /// The next packet, which must be a P.
    template <class P>
    const P& expect() {
        const wire::Packet& packet = next();
        const P* wanted = std::get_if<P>(&packet);
        if (wanted == nullptr) fail_unexpected(packet);
        return *wanted;
    }
    /// Nothing more comes but the end of the connection.
    void expect_closed();
    /// As the version has it: DISCONNECT with this reason before the end, or only the end.
    void expect_closed_for(ReasonCode reason);
    /// Waits for the next bytes or the end of the connection; true if it is the end.
    [[nodiscard]] bool has_ended() { return unread_.empty() && !read_more(); }
    /// Nothing has been sent: the answer to a PINGREQ comes next.
    void expect_nothing();

    // What most tests begin with.
    ReasonCode subscribe(std::string_view filter, Qos qos = Qos::at_least_once);
    void unsubscribe(std::string_view filter);
    /// Goes through the whole handshake of its QoS.
    void publish(std::string_view topic, std::string_view payload, Qos qos = Qos::at_least_once, bool retain = false);
    void publish(const wire::Publish& message);
    /// The next packet, a PUBLISH, acknowledged as its QoS asks.
    const wire::Publish& receive();

    [[nodiscard]] Version version() const { return version_; }
    /// The bytes of the packet that was expected last.
    [[nodiscard]] const std::string& last_bytes() const { return frames_.back(); }

private:
    const wire::Packet& next();
    bool read_more();
    [[noreturn]] static void fail_unexpected(const wire::Packet& packet);

    Version version_;
    int fd_ = -1;
    std::string unread_;
    // Kept whole, for the views into them.
    std::deque<std::string> frames_;
    std::deque<wire::Packet> packets_;
    wire::PacketId last_id_ = 0;
};

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// A client's part of MQTT on one connection, without sockets and clocks: calls and bytes in, bytes and events out.
#pragma once

#include "wire/frame.hpp"
#include "wire/packets.hpp"

#include <muster/transport.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace muster::transport {

/// What a client keeps from one connection to the next, as its broker does (MQTT 5.0, section 4.1).
struct ClientMemory {
    wire::PacketId last_packet_id = 0;      ///< Goes on, so that what the broker may still know by an id is not meant.
    std::set<wire::PacketId> unreleased{};  ///< Messages of QoS 2 that were received and not released.
};

///     greeting -- CONNACK --> up -- close --> closing
///        |                     |                 |
///        +--------- down ------+-----------------+--> over
///
/// The sink is told from within the calls; `link_down` by `down` alone. Once it is over, nothing has an effect.
/// Threads: one at a time.
class NativeSession {
public:
    /// All that is given outlives it.
    NativeSession(LinkId id, const LinkOptions& options, LinkSink& sink, ClientMemory& memory);

    /// A message for the sink, and what to acknowledge it by afterwards.
    struct Delivery {
        Arrival arrival;
        Qos qos = Qos::at_most_once;
        wire::PacketId packet_id = 0;
    };

    /// Every `out` gets what is to be sent. The first of all; fails with Code::invalid_argument.
    [[nodiscard]] Result<void> connect(std::string& out);
    /// Takes packets off the front of `in` until one is a message; none: `in` has no whole packet left, or it is over.
    [[nodiscard]] std::optional<Delivery> read(std::string_view& in, std::string& out);
    /// The message's handler has returned.
    void acknowledge(const Delivery& delivery, std::string& out);

    void send(SendId id, const Message& message, std::string& out);
    void subscribe(const std::vector<Subscription>& subscriptions, std::string& out);
    void unsubscribe(const std::vector<std::string>& filters, std::string& out);
    void ping(std::string& out);
    /// A goodbye, if it is up.
    void close(std::string& out);
    /// The network has taken everything that is out.
    void flushed();
    void down(const LinkDown& reason);

    [[nodiscard]] bool is_greeting() const { return state_ == State::greeting; }
    [[nodiscard]] bool is_closing() const { return state_ == State::closing; }
    [[nodiscard]] bool is_over() const { return state_ == State::over; }
    [[nodiscard]] bool awaits_pong() const { return awaits_pong_; }

private:
    enum class State : std::uint8_t { greeting, up, closing, over };
    struct InFlight {
        wire::PacketId packet_id = 0;
        SendId id = 0;
        Qos qos = Qos::at_least_once;
    };
    /// A filter of the outstanding request.
    struct Asked {
        wire::PacketId packet_id = 0;
        std::optional<Result<void>> outcome = std::nullopt;
    };

    [[nodiscard]] bool is_up() const { return state_ == State::up; }
    void broken(const char* why);
    void greet(const wire::Frame& frame);
    void refused(const wire::Connack& connack, bool is_v311);
    [[nodiscard]] std::optional<Delivery> handle(const wire::Frame& frame, std::string& out);
    [[nodiscard]] std::optional<Delivery> handle(const wire::Publish& publish, std::string& out);
    void handle(const wire::Packet& packet, std::string& out);
    void handle(const wire::Pubrec& pubrec, std::string& out);
    void handle(const wire::Pubrel& pubrel, std::string& out);
    void settle(wire::PacketId packet_id, wire::ReasonCode reason);
    void sent(SendId id, const Result<void>& outcome);
    void ask(std::size_t index, const wire::Packet& packet, wire::PacketId packet_id, std::string& out);
    void answered(wire::PacketId packet_id, wire::ReasonCode reason);
    void tell_answers();
    [[nodiscard]] wire::PacketId next_packet_id();

    const LinkId id_;
    const LinkOptions& options_;
    const wire::Version version_;
    LinkSink& sink_;
    ClientMemory& memory_;
    State state_ = State::greeting;
    bool awaits_pong_ = false;
    bool may_identify_ = false;  // Subscriptions, by numbers.
    bool is_removal_ = false;    // What was asked for is to unsubscribe.
    std::vector<Asked> asked_;
    std::vector<InFlight> in_flight_;  // In the order in which it was sent, which is mostly that of its answers.
    std::vector<SendId> unflushed_;    // Of QoS 0.
    wire::Publish packet_;             // Its memory is used again.
};

}  // namespace muster::transport

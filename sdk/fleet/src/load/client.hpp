// SPDX-License-Identifier: Apache-2.0
// One MQTT client of the load: connects, subscribes if it is a subscriber, acknowledges what it gets.
#pragma once

#include "base/clock.hpp"
#include "load/plan.hpp"
#include "load/stream.hpp"
#include "wire/frame.hpp"
#include "wire/packets.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::fleet {

class Client;

/// What a client tells whoever drives it.
class ClientEvents {
public:
    virtual void ready(Client& client) = 0;
    /// A message; the view is of the frame that is being read. A message of QoS 2 comes here before its PUBREL.
    virtual void received(Client& client, std::string_view payload) = 0;
    /// PUBACK or PUBCOMP of one of its messages.
    virtual void acknowledged(Client& client) = 0;
    virtual void failed(Client& client, std::string why) = 0;

protected:
    ~ClientEvents() = default;
};

/// States: idle -> connecting -> (subscribing ->) ready; from each of them -> failed.
/// Threads: its worker's.
class Client {
public:
    enum class State : std::uint8_t { idle, connecting, subscribing, ready, failed };
    enum class Role : std::uint8_t { publisher, subscriber };

    /// `number` within its role; `slot` is how its worker finds it.
    Client(Role role, std::uint32_t number, std::uint32_t slot) : role_(role), number_(number), slot_(slot) {}

    /// Sends CONNECT as soon as the connection stands; again after `close`. `tls` none: plain TCP.
    Result<void> start(const Plan& plan, TlsClients* tls);
    /// Sends at once what the socket takes, the rest when it can.
    void send(std::string_view bytes, ClientEvents& events);
    /// Reads once and handles every whole frame; `scratch` is shared by the worker's clients.
    void readable(std::string& scratch, const Plan& plan, ClientEvents& events);
    void writable(ClientEvents& events);
    /// Without a goodbye; nobody is told.
    void close();

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] Role role() const { return role_; }
    [[nodiscard]] std::uint32_t number() const { return number_; }
    [[nodiscard]] std::uint32_t slot() const { return slot_; }
    [[nodiscard]] int fd() const { return stream_.fd(); }
    [[nodiscard]] bool has_unsent() const { return !unsent_.empty(); }
    [[nodiscard]] bool waits_for_room() const { return has_unsent() && stream_.waits_for_room(); }
    [[nodiscard]] bool is_resumed() const { return stream_.is_resumed(); }
    [[nodiscard]] base::SteadyTime started() const { return started_; }
    /// Was ready, even if it has failed since.
    [[nodiscard]] bool has_stood() const { return has_stood_; }

private:
    [[nodiscard]] const ClientGroup& group(const Plan& plan) const { return role_ == Role::publisher ? plan.publishers : plan.subscribers; }
    std::size_t handle_frames(std::string_view bytes, const Plan& plan, ClientEvents& events);
    void handle(const wire::Frame& frame, const Plan& plan, ClientEvents& events);
    void handle_publish(const wire::Frame& frame, const Plan& plan, ClientEvents& events);
    void handle_connack(const wire::Frame& frame, const Plan& plan, ClientEvents& events);
    void handle_suback(const wire::Frame& frame, const Plan& plan, ClientEvents& events);
    void acknowledge(wire::PacketType type, std::string_view packet_id);
    void flush(ClientEvents& events);
    void become_ready(ClientEvents& events);
    void fail(std::string why, ClientEvents& events);

    Role role_;
    State state_ = State::idle;
    bool has_stood_ = false;
    std::uint32_t number_;
    std::uint32_t slot_;
    Stream stream_;
    base::SteadyTime started_;
    std::string unread_;  // The beginning of a frame whose rest has not come.
    std::string unsent_;
};

}  // namespace muster::fleet

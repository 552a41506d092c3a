// SPDX-License-Identifier: Apache-2.0
// One MQTT client of a bench as a state machine: bytes and times in, bytes and happenings out. Without sockets, threads and clocks.
#pragma once

#include "base/clock.hpp"
#include "bench/in_flight.hpp"
#include "bench/payload_template.hpp"
#include "bench/stamp.hpp"
#include "wire/frame.hpp"
#include "wire/packets.hpp"

#include <muster/fleet/bench.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace muster::fleet {

/// What all clients of a run share; it outlives them.
struct SessionPlan {
    wire::Version version = wire::Version::v5;
    Qos qos = Qos::at_least_once;
    std::chrono::seconds keep_alive{60};
    std::chrono::milliseconds connect_timeout{10'000};
    std::uint32_t in_flight = 1'000;
    std::uint32_t run = 0;
    std::uint32_t boot = 0;
    std::string payload;  ///< With room for the stamp at its beginning.
    std::optional<PayloadTemplate> payload_template;
    std::string run_id;                      ///< Of the template.
    std::chrono::nanoseconds wall_ahead{0};  ///< Wall clock since 1970 minus steady clock; of the template.
    BenchObserver observer;
    BenchGreeting greeting;
    MqttProperties goodbye{};  ///< Of the DISCONNECT.
};

struct SessionNames {
    std::string client_id;
    std::string username;  ///< Empty: none; so the password.
    std::string password;
    std::string topic;   ///< Empty: publishes nothing.
    std::string filter;  ///< Empty: subscribes to nothing.
    /// Topic and payload of its will as they are, instead of the patterns of the plan's.
    std::optional<std::pair<std::string, std::string>> will{};
};

/// What a client tells whoever drives it.
class SessionEvents {
public:
    /// CONNACK has come, and SUBACK if it subscribes.
    virtual void ready() = 0;
    /// A message of QoS 2 comes here before its PUBREL. The view is of the bytes that are being read.
    virtual void received(std::string_view payload) = 0;
    /// By PUBACK or PUBCOMP, or refused by a reason in it.
    virtual void acknowledged(std::uint64_t sequence, bool is_refused) = 0;
    /// The connection is of no use any more and is to be closed. The last event of it.
    virtual void ended(Error why) = 0;

protected:
    ~SessionEvents() = default;
};

/// One step of the machine: when it is, where bytes to send are appended, and who is told.
struct SessionStep {
    base::SteadyTime now;
    std::string& out;
    SessionEvents& events;
};

/// States: idle -> opening -> greeting -> (subscribing ->) ready; from each of them -> idle.
/// Threads: its worker's.
class ClientSession {
public:
    enum class State : std::uint8_t { idle, opening, greeting, subscribing, ready };

    ClientSession(const SessionPlan& plan, SessionNames names, std::uint32_t number);

    /// A connection is being opened; idle before.
    void start(base::SteadyTime now);
    /// It stands: CONNECT goes out.
    void opened(const SessionStep& step);
    /// Handles whole packets at the front of `bytes`; how many bytes they were.
    std::size_t read(std::string_view bytes, const SessionStep& step);
    /// Sends a PINGREQ that is due, ends what took too long.
    void tick(const SessionStep& step);
    /// The connection was lost, or is cut off by us; no event.
    void stop();
    /// Appends a DISCONNECT, after which the broker publishes no will. Only if ready.
    void say_goodbye(std::string& out) const;
    /// Appends the next message. Only if `may_publish`.
    void publish(base::SteadyTime intended, base::SteadyTime now, std::string& out);

    /// Appends a message of any topic and payload. Only if `may_send`. The number that `acknowledged` will tell of it, at QoS 1 and 2.
    std::uint64_t send(wire::Publish message, base::SteadyTime now, std::string& out);

    [[nodiscard]] bool may_publish() const noexcept;
    [[nodiscard]] bool may_send() const noexcept { return state_ == State::ready && in_flight_.has_room(in_flight_limit_); }
    /// When `tick` is to be called, at the latest; later is right if something was sent meanwhile.
    [[nodiscard]] base::SteadyTime deadline() const noexcept;
    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] const SessionNames& names() const noexcept { return names_; }
    [[nodiscard]] base::SteadyTime started() const noexcept { return started_; }
    /// Of the next message; so many were sent.
    [[nodiscard]] std::uint64_t next_sequence() const noexcept { return stamp_.sequence; }

private:
    void handle(const wire::Frame& frame, const SessionStep& step);
    void handle_connack(const wire::Frame& frame, const SessionStep& step);
    void greeted(const wire::Connack& connack, const SessionStep& step);
    void handle_suback(const wire::Suback& suback, const SessionStep& step);
    void handle_publish(const wire::Frame& frame, const SessionStep& step);
    void handle_acknowledgement(const wire::Frame& frame, const SessionStep& step);
    void handle_rest(const wire::Frame& frame, const SessionStep& step);
    void become_ready(const SessionStep& step);
    void end(Error why, const SessionStep& step);
    void make_head(const wire::Publish& publish);
    [[nodiscard]] wire::Publish next_publish(std::string_view payload) const;
    void publish_rendered(std::string& out);
    void tell(const wire::Packet& packet, bool is_sent) const;
    /// What is appended to `out` while it lives is told, if there is somebody to tell.
    class Telling;

    const SessionPlan& plan_;
    SessionNames names_;
    State state_ = State::idle;
    bool awaits_pong_ = false;
    base::SteadyTime started_;
    base::SteadyTime last_sent_;
    std::chrono::seconds keep_alive_;
    std::uint32_t in_flight_limit_;
    InFlight in_flight_;
    std::string head_;      // A PUBLISH up to its payload.
    std::string rendered_;  // Of the template.
    std::size_t packet_id_at_ = 0;
    BenchStamp stamp_;
};

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// One client of a bench with its connection: what the state machine says, done.
#pragma once

#include "bench/comeback.hpp"
#include "bench/session.hpp"
#include "load/ledger.hpp"
#include "load/stream.hpp"
#include "transport/websocket.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace muster::fleet {

/// Threads: its worker's.
struct BenchClient {
    BenchClient(const SessionPlan& plan, SessionNames names, std::uint32_t number_of_it, bool receives)
        : session(plan, std::move(names), number_of_it), number(number_of_it), is_receiver(receives) {}

    ClientSession session;
    Stream stream;
    std::string unread;  ///< The beginning of a packet whose rest has not come.
    std::string unsent;
    std::uint32_t number;        ///< Within its group.
    bool is_receiver;            ///< Of which group it is.
    bool stands = false;         ///< Has been told to be ready, and not to be lost.
    std::uint32_t node = 0;      ///< Where it connects to.
    std::uint32_t tried = 0;     ///< Nodes that came to nothing, in this phase.
    bool is_tunnelling = false;  ///< Has asked the proxy.
    bool is_shaking_hands = false;
    bool is_upgrading = false;  ///< Has asked for WebSocket.
    bool is_watched_for_room = false;
    bool has_settled = false;    ///< In this phase: has stood, or its attempt has come to nothing.
    bool is_to_flush = false;    ///< Is in its worker's list of clients with something to write.
    std::uint64_t due = 0;       ///< Messages that should have left so far.
    base::SteadyTime tcp_stood;  ///< When TLS began.
    base::SteadyTime retry_at = base::SteadyTime::max();
    Comeback comeback;
    std::unique_ptr<Ledger> ledger;                         ///< Of who expects messages.
    std::unique_ptr<transport::WebSocketClient> websocket;  ///< None: MQTT right over the stream.

    /// Whether there is something to write.
    [[nodiscard]] bool has_output() const { return !unsent.empty() || (websocket && !websocket->output().empty()); }
    /// Closes the connection; what it had not sent and not understood is forgotten.
    void close();
};

/// Writes what is to be written, as much as the socket takes. Why the connection is lost, if it is; so the next one.
[[nodiscard]] std::optional<Error> flush(BenchClient& client);

/// What goes to the socket as it is, without frames around it.
[[nodiscard]] std::string& raw_output(BenchClient& client);

/// Reads what answers the request to the proxy: whether the tunnel stands. Fails as take_tunnel_answer does, with why the proxy refuses,
/// and with how the connection was lost.
[[nodiscard]] Result<bool> read_tunnel(BenchClient& client, std::string& scratch, const MqttProxy& proxy, const MqttObserver& observer);

/// Reads what answers the request for WebSocket: whether it stands. Fails as it does, and with how the connection was lost.
[[nodiscard]] Result<bool> read_upgrade(BenchClient& client, std::string& scratch);

/// Reads once and lets the session handle what came; `scratch` is shared by the worker's clients.
[[nodiscard]] std::optional<Error> read_once(BenchClient& client, std::string& scratch, base::SteadyTime now, SessionEvents& events);

}  // namespace muster::fleet

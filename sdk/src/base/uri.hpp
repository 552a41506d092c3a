// SPDX-License-Identifier: Apache-2.0
// Endpoints as people write them: scheme, host, port and, for WebSocket, a path.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::base {

struct Endpoint {
    std::string scheme;  ///< "mqtt", "mqtts", "ws" or "wss".
    std::string host;    ///< Without brackets, also for IPv6.
    std::uint16_t port = 0;
    std::string path{};  ///< Of WebSocket: from its `/` on, a query included. Otherwise empty.

    [[nodiscard]] bool is_tls() const { return scheme == "mqtts" || scheme == "wss"; }
    [[nodiscard]] bool is_websocket() const { return scheme == "ws" || scheme == "wss"; }
    /// Whether the host is `localhost`, in 127.0.0.0/8 or ::1, as written; no name is resolved.
    [[nodiscard]] bool is_loopback() const;
    /// `host:port`, with brackets around IPv6, as HTTP's Host and CONNECT have it.
    [[nodiscard]] std::string authority() const;
    /// `mqtts://host:port`, with brackets around IPv6; `wss://host:port/path`.
    [[nodiscard]] std::string url() const;
};

/// Parses `mqtt://host[:1883]`, `mqtts://host[:8883]`, `ws://host[:80][/mqtt]` and `wss://host[:443][/mqtt]`. Fails with
/// Code::invalid_argument, naming the text and what is wrong with it.
Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace muster::base

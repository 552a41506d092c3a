// SPDX-License-Identifier: Apache-2.0
// A client's WebSocket (RFC 6455): the HTTP before MQTT, then frames around it. Without sockets.
#pragma once

#include "base/random.hpp"
#include "base/uri.hpp"
#include "transport/http_head.hpp"
#include "transport/websocket_frames.hpp"

#include <muster/result.hpp>

#include <string>
#include <string_view>

namespace muster::transport {

/// States: closed -> (begin) asking -> (its answer) open; from each of them -> (reset) closed.
/// Threads: one.
class WebSocketClient {
public:
    /// `endpoint` and `random`, which keys and masks are drawn from, outlive it. `observer` may be empty; it is told of the HTTP.
    WebSocketClient(const base::Endpoint& endpoint, base::Random& random, HttpObserver observer);

    /// Asks for the upgrade, with the subprotocol mqtt.
    void begin();
    /// What the server has sent. Appends to `bytes` what its frames carry, once it is open; pings are answered. Fails as take_http_answer
    /// and WebSocketReader do, and if the upgrade is refused with Code::denied (401, 403), Code::unavailable (5xx),
    /// Code::rejected.
    Result<void> hear(std::string_view raw, std::string& bytes);
    /// A frame with the bytes goes out.
    void say(std::string_view bytes);
    void reset();

    [[nodiscard]] bool is_open() const { return is_open_; }
    /// What is to be written; who writes takes it off the front.
    [[nodiscard]] std::string& output() { return output_; }
    [[nodiscard]] const std::string& output() const { return output_; }

private:
    [[nodiscard]] Result<void> hear_answer();

    const base::Endpoint& endpoint_;
    base::Random& random_;
    HttpObserver observer_;
    bool is_open_ = false;
    std::string accept_;  // What the server says if it has understood.
    std::string raw_;     // What is no whole answer or frame's head yet.
    std::string output_;
    WebSocketReader frames_;
};

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// A load's WebSocket: the HTTP before MQTT, then frames around it. Without sockets.
#pragma once

#include "base/uri.hpp"

#include <muster/fleet/mqtt_packet.hpp>
#include <muster/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::fleet {

/// States: closed -> (begin) asking -> open; from each of them -> (reset) closed.
/// Threads: its worker's.
class BenchWebSocket {
public:
    /// `endpoint` outlives it. `observer` may be empty.
    BenchWebSocket(const base::Endpoint& endpoint, MqttObserver observer, std::uint32_t seed);

    /// Asks for the upgrade.
    void begin();
    /// What answers it; whether it is whole. Fails as take_websocket_answer does.
    Result<bool> hear_answer(std::string_view raw);
    /// Appends to `bytes` what whole frames carry; pings are answered. Fails as read_websocket_frames does.
    Result<void> hear(std::string_view raw, std::string& bytes);
    /// A frame with the bytes goes out.
    void say(std::string_view bytes);
    void reset();

    [[nodiscard]] bool is_open() const { return is_open_; }
    /// What is to be written; who writes takes it off the front.
    [[nodiscard]] std::string& output() { return output_; }
    [[nodiscard]] const std::string& output() const { return output_; }

private:
    const base::Endpoint& endpoint_;
    MqttObserver observer_;
    std::uint32_t mask_;
    bool is_open_ = false;
    std::string key_;
    std::string raw_;  // What is no whole answer or frame yet.
    std::string output_;
};

}  // namespace muster::fleet

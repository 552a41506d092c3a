// SPDX-License-Identifier: Apache-2.0
// Which of a process's links may go through WebSocket.
#pragma once

#include <atomic>
#include <memory>

namespace muster::transport {

/// Paho C 1.3 keeps the frames that it reads from WebSockets in variables of the library, the same ones for all connections: of two at a
/// time each would get pieces of the other's messages (seen). So there is one turn in a process.
/// Threads: any.
class WebSocketTurn {
public:
    /// None: another has it.
    [[nodiscard]] static std::unique_ptr<WebSocketTurn> take() {
        return is_taken().exchange(true) ? nullptr : std::unique_ptr<WebSocketTurn>(new WebSocketTurn);
    }
    ~WebSocketTurn() { is_taken() = false; }
    WebSocketTurn(const WebSocketTurn&) = delete;
    WebSocketTurn& operator=(const WebSocketTurn&) = delete;

private:
    WebSocketTurn() = default;
    static std::atomic<bool>& is_taken() {
        static std::atomic<bool> taken{false};
        return taken;
    }
};

}  // namespace muster::transport

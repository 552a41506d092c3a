// SPDX-License-Identifier: Apache-2.0
// The HTTP before MQTT over a stream that blocks: a proxy's tunnel, the upgrade to WebSocket.
#pragma once

#include "client/byte_stream.hpp"
#include "client/http_tunnel.hpp"
#include "transport/websocket.hpp"

#include <string>

namespace muster::fleet {

/// Asks the proxy for a tunnel to the endpoint, and tells `observer`, if there is one. Fails with Code::unreachable, Code::denied (401,
/// 403, 407), Code::timeout.
[[nodiscard]] Result<void> open_tunnel(ByteStream& stream, const MqttProxy& proxy, const base::Endpoint& endpoint, const Patience& patience,
                                       const MqttObserver& observer);

/// Asks the server for WebSocket; `bytes` is what came in frames behind its answer. Fails as WebSocketClient does, and with Code::timeout.
[[nodiscard]] Result<void> open_websocket(ByteStream& stream, transport::WebSocketClient& websocket, const Patience& patience,
                                          std::string& bytes);

}  // namespace muster::fleet

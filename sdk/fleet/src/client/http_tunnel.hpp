// SPDX-License-Identifier: Apache-2.0
// What a client says in HTTP before it speaks MQTT: CONNECT to a proxy, the upgrade to WebSocket.
#pragma once

#include "base/uri.hpp"
#include "client/byte_stream.hpp"

#include <muster/fleet/mqtt_client.hpp>

namespace muster::fleet {

/// Where a proxy is. Fails with Code::invalid_argument.
struct ProxyPlace {
    std::string host;
    std::uint16_t port = 0;
};
[[nodiscard]] Result<ProxyPlace> parse_proxy(const std::string& url);

/// Both tell `observer`, if there is one, what they send and get.
///
/// Asks the proxy for a tunnel to the endpoint. Fails with Code::unreachable, Code::denied (401, 403, 407), Code::timeout.
[[nodiscard]] Result<void> open_tunnel(ByteStream& stream, const MqttProxy& proxy, const base::Endpoint& endpoint, const Patience& patience,
                                       const MqttObserver& observer);

/// What asks for WebSocket with the subprotocol mqtt, and the key by which its answer is known.
struct WebSocketRequest {
    std::string text;
    std::string key;
};
[[nodiscard]] WebSocketRequest ask_for_websocket(const base::Endpoint& endpoint, const MqttObserver& observer);

/// Takes the answer off the front of `got` once it is whole; whether it was. Fails with Code::unreachable for what is no HTTP,
/// Code::denied (401, 403), Code::rejected.
[[nodiscard]] Result<bool> take_websocket_answer(std::string& got, const std::string& key, const base::Endpoint& endpoint,
                                                 const MqttObserver& observer);

/// Asks the server for WebSocket with the subprotocol mqtt; `rest` is what came behind its answer. Fails with Code::unreachable,
/// Code::denied (401, 403), Code::rejected, Code::timeout.
[[nodiscard]] Result<void> upgrade_to_websocket(ByteStream& stream, const base::Endpoint& endpoint, const Patience& patience,
                                                std::string& rest, const MqttObserver& observer);

}  // namespace muster::fleet

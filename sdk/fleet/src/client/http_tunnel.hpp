// SPDX-License-Identifier: Apache-2.0
// What a client says to an HTTP proxy before anything else: CONNECT. Without sockets.
#pragma once

#include "base/uri.hpp"

#include <muster/fleet/mqtt_client.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace muster::fleet {

/// Where a proxy is. Fails with Code::invalid_argument.
struct ProxyPlace {
    std::string host;
    std::uint16_t port = 0;
};
[[nodiscard]] Result<ProxyPlace> parse_proxy(const std::string& url);

/// What asks the proxy for a tunnel to the endpoint; `observer` is told, if there is one.
[[nodiscard]] std::string ask_for_tunnel(const MqttProxy& proxy, const base::Endpoint& endpoint, const MqttObserver& observer);

struct TunnelAnswer {
    int status = 0;
    std::string reason;  ///< With the status before it.
    /// RFC 9110, section 9.3.6: any 2xx.
    [[nodiscard]] bool is_open() const { return status / 100 == 2; }
};

/// Takes the proxy's answer off the front of `got` once it is whole; none before. What stays in `got` came through the tunnel, where a
/// server does not speak first. Fails as transport::take_http_answer does.
[[nodiscard]] Result<std::optional<TunnelAnswer>> take_tunnel_answer(std::string& got, const MqttObserver& observer);

/// Of an answer that opens nothing: Code::denied (401, 403, 407), Code::unreachable.
[[nodiscard]] Error refusal_of(const TunnelAnswer& answer, const MqttProxy& proxy);

}  // namespace muster::fleet

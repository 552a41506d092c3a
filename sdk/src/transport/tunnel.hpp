// SPDX-License-Identifier: Apache-2.0
// The way through an HTTP proxy: a tunnel by its CONNECT method (RFC 9110, section 9.3.6).
#pragma once

#include "transport/resolver.hpp"

#include <muster/result.hpp>
#include <muster/transport.hpp>

#include <optional>
#include <string>

namespace muster::transport {

struct Tunnel {
    Place to;
    std::string credentials;  ///< `user:password`; empty: none are asked for.
};

/// What a relay dials, and what it asks for there.
struct Route {
    Place next;
    std::optional<Tunnel> tunnel;  ///< Where `next` is a proxy.
};

/// `proxy`: `[user:password@]host[:8080]`, user and password percent-encoded (RFC 3986, section 2.1). Fails with Code::invalid_argument,
/// without the password in its words.
[[nodiscard]] Result<Route> route_through(const std::string& proxy, Place to);

/// Straight to the endpoint, or through its proxy. Fails with Code::invalid_argument where one of them is none.
[[nodiscard]] Result<Route> route_of(const LinkOptions& options);

/// Blocks until the proxy has opened the tunnel; what comes from `socket` then is the endpoint's. Fails with Code::unreachable in the
/// proxy's words, or Code::stopped as soon as `stop` is readable. Both are non-blocking.
[[nodiscard]] Result<void> open_tunnel(int socket, int stop, const Route& route);

}  // namespace muster::transport

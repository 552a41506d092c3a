// SPDX-License-Identifier: Apache-2.0
// MQTT over WebSocket (MQTT 5.0, section 6): frames come in here, a plain stream of their bytes goes on.
#pragma once

#include "net/stranger.hpp"
#include "net/tls.hpp"
#include "tenancy/admission.hpp"

#include <muster/result.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace muster::testbroker::net {

struct WebSocketLimits {
    std::chrono::milliseconds handshake_deadline{10'000};  ///< For TLS and the HTTP upgrade, each.
    std::size_t max_message = 1U << 20U;                   ///< Of WebSocket; MQTT's own limit is the stream's business.
};

/// Takes over one end of a socket pair, non-blocking, who is behind its other end, and where, as `peer_name` has it.
using OnStream = std::function<void(int fd, tenancy::PeerIdentity peer, std::string remote)>;

///     accepted --> (TLS) --> upgrading -- GET /mqtt, subprotocol mqtt --> pumping --> closed;   anything else: a hint, closed
///
/// Threads: the io thread's, but for opening before it runs.
class WebSocketEntrance {
public:
    virtual ~WebSocketEntrance() = default;
    /// Stops accepting and cuts what is open.
    virtual void close() = 0;
    /// As `close`, for a while: the port is kept, and refuses.
    virtual void suspend() = 0;
    /// Stops accepting; what is open may say goodbye, for a second.
    virtual void drain() = 0;
    /// Accepts again on the same address. Fails with Code::in_use, Code::io.
    virtual Result<void> reopen() = 0;
};

/// `tls` none: ws, otherwise wss. `endpoint`'s port is set to the one that was bound.
Result<std::unique_ptr<WebSocketEntrance>> open_websocket_entrance(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint& endpoint,
                                                                   TlsContext* tls, const WebSocketLimits& limits, OnStream on_stream,
                                                                   OnStranger on_stranger = {});

}  // namespace muster::testbroker::net

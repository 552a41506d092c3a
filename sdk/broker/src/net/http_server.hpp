// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 servers: over TLS for EST, over a UNIX socket and plain TCP for the admin API.
#pragma once

#include "net/http_message.hpp"
#include "net/stranger.hpp"
#include "net/tls.hpp"

#include <muster/result.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <filesystem>
#include <memory>

namespace muster::testbroker::net {

/// Who answers, how long a handshake, a request and an answer may take, each, and who hears of those that speak no HTTP.
struct HttpService {
    HttpHandler handler;
    std::chrono::milliseconds patience{10'000};
    OnStranger on_stranger;
};

/// Accepts until closed. The handler runs on the io thread; its requests are read whole first, at most 64 KiB of body.
/// Threads: the io thread's, but for `open` before it runs.
class HttpServer {
public:
    virtual ~HttpServer() = default;
    /// Stops accepting and cuts what is open.
    virtual void close() = 0;
    /// As `close`, for a while: a TCP port is kept, and refuses.
    virtual void suspend() = 0;
    /// Accepts again on the same address. Fails with Code::in_use, Code::io.
    virtual Result<void> reopen() = 0;
};

/// A TLS server. `endpoint`'s port is set to the one that was bound.
Result<std::unique_ptr<HttpServer>> open_https_server(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint& endpoint,
                                                      TlsContext& tls, HttpService service);

/// The same without TLS.
Result<std::unique_ptr<HttpServer>> open_http_server(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint& endpoint,
                                                     HttpService service);

/// A server on a UNIX socket of mode 0600. The socket of a broker that died is replaced; of one that lives, Code::in_use.
Result<std::unique_ptr<HttpServer>> open_unix_http_server(boost::asio::io_context& io, const std::filesystem::path& path,
                                                          HttpService service);

}  // namespace muster::testbroker::net

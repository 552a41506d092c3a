// SPDX-License-Identifier: Apache-2.0
// Where MQTT connections come in.
#pragma once

#include "net/event_loop.hpp"
#include "net/tls.hpp"

#include <muster/result.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>

namespace muster::testbroker::net {

/// A listening socket, shared by the shards that accept from it and closed when the last lets go. Threads: any; immutable.
struct ListeningSocket {
    Socket socket;
    TlsContext* tls = nullptr;  ///< None: plain.
};

/// Binds and listens. `endpoint`'s port of 0 becomes the one that the system chose. Fails with Code::in_use, Code::io.
Result<std::shared_ptr<ListeningSocket>> listen_tcp(boost::asio::ip::tcp::endpoint& endpoint, TlsContext* tls);

/// One shard's share of a listening socket. Threads: the shard's.
class Acceptor final : public EventHandler {
public:
    using OnSocket = std::function<void(Socket socket, TlsContext* tls)>;
    Acceptor(EventLoop& loop, std::shared_ptr<ListeningSocket> listening, OnSocket on_socket);
    ~Acceptor();
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;
    /// Fails with Code::io.
    Result<void> open();
    void on_events(std::uint32_t events) override;

private:
    void refuse_one();

    EventLoop& loop_;
    std::shared_ptr<ListeningSocket> listening_;
    OnSocket on_socket_;
    Socket spare_;  // Given up to close a connection politely when no more descriptors are left.
};

}  // namespace muster::testbroker::net

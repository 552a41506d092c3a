// SPDX-License-Identifier: Apache-2.0
// Where MQTT connections come in.
#pragma once

#include "net/event_loop.hpp"
#include "net/tls.hpp"

#include <muster/result.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace muster::testbroker::net {

/// A listening socket, shared by the shards that accept from it and closed when the last lets go. Threads: any; immutable.
struct ListeningSocket {
    ListeningSocket() = default;
    ~ListeningSocket();
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;

    Socket socket;
    TlsContext* tls = nullptr;   ///< None: plain.
    std::filesystem::path path;  ///< Of a UNIX socket, removed with it.
};

/// A TCP port, or a UNIX socket.
using ListeningAddress = std::variant<boost::asio::ip::tcp::endpoint, std::filesystem::path>;

/// Binds and listens. A port of 0 becomes the one that the system chose. Fails with Code::in_use, Code::io.
Result<std::shared_ptr<ListeningSocket>> listen_at(ListeningAddress& address, TlsContext* tls);

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
    /// Now and then: it may have stopped because no descriptor was left, not even to refuse somebody.
    void resume();

private:
    void refuse_one();

    EventLoop& loop_;
    std::shared_ptr<ListeningSocket> listening_;
    OnSocket on_socket_;
    Socket spare_;  // Given up to close a connection politely when no more descriptors are left.
    bool is_paused_ = false;
};

}  // namespace muster::testbroker::net

// SPDX-License-Identifier: Apache-2.0
// TCP ports that stay ours while nobody is let in.
#pragma once

#include "net/socket.hpp"

#include <muster/result.hpp>

#include <boost/asio/ip/tcp.hpp>

namespace muster::testbroker::net {

/// Binds and listens, non-blocking. A port of 0 becomes the one that the system chose. Fails with Code::in_use, Code::io, naming the
/// address and the port.
Result<Socket> listen_tcp(boost::asio::ip::tcp::endpoint& endpoint);

/// From now on connections are refused, and those that wait to be accepted are reset. The port is kept: no other process can bind to it,
/// and the system chooses it for nobody.
void stop_listening(const Socket& socket);

/// Lets in again, at the same port. Fails with Code::in_use, Code::io.
Result<void> listen_again(const Socket& socket, const boost::asio::ip::tcp::endpoint& endpoint);

/// Where an acceptor of Asio listens, with breaks.
///     closed -- open --> listening -- pause --> reserved -- open --> listening
/// Threads: one.
class AcceptorPort {
public:
    explicit AcceptorPort(const boost::asio::ip::tcp::endpoint& endpoint) : endpoint_(endpoint) {}
    /// Fails as `listen_tcp`.
    Result<void> open(boost::asio::ip::tcp::acceptor& acceptor);
    /// The acceptor is closed; what it waited for is aborted. The port is kept.
    void pause(boost::asio::ip::tcp::acceptor& acceptor);
    /// Once opened, with the port that was bound.
    [[nodiscard]] const boost::asio::ip::tcp::endpoint& endpoint() const { return endpoint_; }

private:
    boost::asio::ip::tcp::endpoint endpoint_;
    Socket reserved_;
};

}  // namespace muster::testbroker::net

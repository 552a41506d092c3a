// SPDX-License-Identifier: Apache-2.0
// TCP ports that stay ours while nobody is let in.
#include "net/tcp_port.hpp"

#include "net/endpoint.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace muster::testbroker::net {
namespace {

using boost::asio::ip::tcp;

Error failure(int number, const tcp::endpoint& endpoint) {
    return listen_error({number, boost::system::system_category()}, endpoint);
}

// With it a port can be bound to while connections of earlier days still fade away; without it nobody can share a port that is bound to.
void set_reuse_address(const Socket& socket, bool is_on) {
    const int value = is_on ? 1 : 0;
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &value, sizeof value);
}

Result<Socket> bind_tcp(tcp::endpoint& endpoint) {
    Socket socket(::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return failure(errno, endpoint);
    const int on = 1;
    set_reuse_address(socket, true);
    if (endpoint.address().is_v6()) ::setsockopt(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // Inherited by what is accepted.
    if (::bind(socket.fd(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) return failure(errno, endpoint);
    auto length = static_cast<socklen_t>(endpoint.capacity());
    if (::getsockname(socket.fd(), endpoint.data(), &length) != 0) return failure(errno, endpoint);
    return socket;
}

}  // namespace

Result<Socket> listen_tcp(tcp::endpoint& endpoint) {
    // Linux takes a port of its own choice away from a socket that stops listening, but not one that was asked for by its number. So the
    // choice is another socket's, which holds the port until ours is bound to it.
    Socket chooser;
    if (endpoint.port() == 0) {
        auto bound = bind_tcp(endpoint);
        if (!bound) return std::move(bound).error();
        chooser = std::move(*bound);
    }
    auto socket = bind_tcp(endpoint);
    if (socket && ::listen(socket->fd(), SOMAXCONN) != 0) return failure(errno, endpoint);
    return socket;
}

void stop_listening(const Socket& socket) {
    set_reuse_address(socket, false);
    ::shutdown(socket.fd(), SHUT_RDWR);
}

Result<void> listen_again(const Socket& socket, const tcp::endpoint& endpoint) {
    set_reuse_address(socket, true);
    if (::listen(socket.fd(), SOMAXCONN) != 0) return failure(errno, endpoint);
    return {};
}

Result<void> AcceptorPort::open(tcp::acceptor& acceptor) {
    if (!reserved_) {
        auto listening = listen_tcp(endpoint_);
        if (!listening) return std::move(listening).error();
        reserved_ = std::move(*listening);
    } else if (auto listening = listen_again(reserved_, endpoint_); !listening) {
        return listening;
    }
    boost::system::error_code error;
    acceptor.assign(endpoint_.protocol(), reserved_.fd(), error);
    if (error) return listen_error(error, endpoint_);
    static_cast<void>(reserved_.release());  // It is the acceptor's from now on.
    return {};
}

void AcceptorPort::pause(tcp::acceptor& acceptor) {
    boost::system::error_code error;
    const int fd = acceptor.is_open() ? acceptor.release(error) : -1;
    if (error || fd < 0) return;
    reserved_ = Socket(fd);
    stop_listening(reserved_);
}

}  // namespace muster::testbroker::net

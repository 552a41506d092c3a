// SPDX-License-Identifier: Apache-2.0
// Where MQTT connections come in.
#include "net/mqtt_listener.hpp"

#include "net/tcp_port.hpp"
#include "net/unix_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace muster::testbroker::net {
namespace {

// One turn must not be accepting alone: others wait.
constexpr int accepts_per_turn = 64;

Socket make_spare() {
    return Socket(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

ListeningSocket::~ListeningSocket() {
    if (!path.empty()) ::unlink(path.c_str());
}

Result<std::shared_ptr<ListeningSocket>> listen_at(ListeningAddress& address, TlsContext* tls) {
    auto* const endpoint = std::get_if<boost::asio::ip::tcp::endpoint>(&address);
    auto socket = endpoint != nullptr ? listen_tcp(*endpoint) : listen_unix(std::get<std::filesystem::path>(address));
    if (!socket) return std::move(socket).error();
    auto listening = std::make_shared<ListeningSocket>();
    listening->socket = std::move(*socket);
    listening->tls = tls;
    if (endpoint == nullptr) listening->path = std::get<std::filesystem::path>(address);
    return listening;
}

Acceptor::Acceptor(EventLoop& loop, std::shared_ptr<ListeningSocket> listening, OnSocket on_socket)
    : loop_(loop), listening_(std::move(listening)), on_socket_(std::move(on_socket)), spare_(make_spare()) {}

Acceptor::~Acceptor() {
    loop_.forget(listening_->socket.fd());
}

Result<void> Acceptor::open() {
    return loop_.watch(listening_->socket.fd(), EPOLLIN | EPOLLEXCLUSIVE, *this);
}

void Acceptor::on_events(std::uint32_t /*events*/) {
    for (int i = 0; i < accepts_per_turn; ++i) {
        Socket socket(::accept4(listening_->socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket) {
            on_socket_(std::move(socket), listening_->tls);
        } else if (errno == EMFILE || errno == ENFILE) {
            return refuse_one();
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

// Without this the connection would stay in the backlog and wake us for ever.
void Acceptor::refuse_one() {
    spare_ = {};
    {
        // Closed before the spare one is opened, which may take the same descriptor.
        const Socket refused(::accept4(listening_->socket.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    }
    spare_ = make_spare();
    if (spare_) return;
    loop_.forget(listening_->socket.fd());
    is_paused_ = true;
}

void Acceptor::resume() {
    if (!is_paused_) return;
    if (!spare_) spare_ = make_spare();
    is_paused_ = !open().ok();
}

}  // namespace muster::testbroker::net

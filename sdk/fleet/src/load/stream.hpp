// SPDX-License-Identifier: Apache-2.0
// A non-blocking connection of the load: TCP, or TLS over it.
#pragma once

#include "load/plan.hpp"
#include "load/tls.hpp"

#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace muster::fleet {

/// What became of a read or a write.
struct Transfer {
    std::size_t bytes = 0;
    bool is_closed = false;     ///< By the other side or by an error. Without it, 0 bytes mean: try again when epoll says so.
    const char* why = nullptr;  ///< What TLS says of the end, if it does; a static text.
};

/// Where to connect to, resolved: IPv4 or IPv6.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

/// Threads: one.
class Stream {
public:
    Stream() = default;
    ~Stream() { close(); }
    Stream(Stream&& other) noexcept;
    Stream& operator=(Stream&& other) noexcept;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    /// Begins to connect; the first write that is taken says it is done. One address has some 28,000 ports: connection `number` leaves from
    /// 127.0.0.1 or one of the addresses after it when the target is on loopback. Fails with Code::io, Code::invalid_argument.
    static Result<Stream> connect(const Target& target, std::uint32_t number);
    static Result<Stream> connect(const SocketAddress& address, std::uint32_t number);
    /// A non-blocking connection that was accepted.
    static Stream adopt(int fd) { return Stream(fd); }

    /// Once epoll says that the socket is writable: why connecting failed, if it did.
    [[nodiscard]] std::optional<Error> connect_failure() const;
    /// Goes on with the TLS handshake that `secure` has prepared: whether it is done, or why it failed, as Code::tls or Code::unreachable.
    Result<bool> shake_hands();

    /// From now on everything goes through TLS, which shakes hands within the first reads and writes.
    void secure(SslHandle ssl) { ssl_ = std::move(ssl); }

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    Transfer read(char* into, std::size_t size);
    Transfer write(std::string_view bytes);
    /// With a reset: a closed load must not fill the machine with connections in TIME_WAIT.
    void close();

    /// Whether room in the socket is what a write that was not taken waits for; in a handshake it may be the peer's answer.
    [[nodiscard]] bool waits_for_room() const { return !ssl_ || SSL_want(ssl_.get()) != SSL_READING; }
    /// Whether the handshake was a short one.
    [[nodiscard]] bool is_resumed() const { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }

private:
    explicit Stream(int fd) : fd_(fd) {}

    [[nodiscard]] Transfer outcome_of_tls(int outcome) const;

    int fd_ = -1;
    SslHandle ssl_;
};

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// Sockets of the load.
#include "load/stream.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace muster::fleet {
namespace {

// Less than the ephemeral ports of one source address (net.ipv4.ip_local_port_range: 28,232).
constexpr std::uint32_t connections_per_source = 20'000;
constexpr std::uint32_t loopback_network = 127;

Error system_error(const char* what) {
    return {Code::io, std::string(what) + ": " + std::strerror(errno)};
}

bool is_loopback(const in_addr& address) {
    return ntohl(address.s_addr) >> 24U == loopback_network;
}

bool bind_source(int fd, std::uint32_t number) {
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number / connections_per_source);
    const int on = 1;
    // The port is chosen at connect, where it need only be unique for this destination.
    return ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) == 0 &&
           ::bind(fd, reinterpret_cast<const sockaddr*>(&source), sizeof(source)) == 0;
}

Transfer outcome_of(ssize_t moved) {
    if (moved > 0) return {static_cast<std::size_t>(moved), false};
    return {0, !(moved < 0 && (errno == EAGAIN || errno == EINTR))};
}

}  // namespace

Stream::Stream(Stream&& other) noexcept : fd_(std::exchange(other.fd_, -1)), ssl_(std::move(other.ssl_)) {}

Stream& Stream::operator=(Stream&& other) noexcept {
    if (this != &other) {
        close();
        fd_ = std::exchange(other.fd_, -1);
        ssl_ = std::move(other.ssl_);
    }
    return *this;
}

Result<Stream> Stream::connect(const Target& target, std::uint32_t number) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target.port);
    if (::inet_pton(AF_INET, target.address.c_str(), &address.sin_addr) != 1)
        return Error{Code::invalid_argument, "'" + target.address + "' is no IPv4 address"};
    Stream stream(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!stream.is_open()) return system_error("a socket cannot be made");
    const int on = 1;
    ::setsockopt(stream.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (number >= connections_per_source && is_loopback(address.sin_addr) && !bind_source(stream.fd_, number))
        return system_error("no source address is free");
    if (::connect(stream.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 && errno != EINPROGRESS)
        return system_error("connecting failed");
    return stream;
}

Transfer Stream::outcome_of_tls(int outcome) const {
    if (outcome > 0) return {static_cast<std::size_t>(outcome), false};
    const int error = SSL_get_error(ssl_.get(), outcome);
    return {0, error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE};
}

Transfer Stream::read(char* into, std::size_t size) {
    if (ssl_) return outcome_of_tls(SSL_read(ssl_.get(), into, static_cast<int>(size)));
    return outcome_of(::recv(fd_, into, size, 0));
}

Transfer Stream::write(std::string_view bytes) {
    if (ssl_) return outcome_of_tls(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())));
    return outcome_of(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

void Stream::close() {
    ssl_.reset();
    if (fd_ < 0) return;
    const linger reset{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    ::close(std::exchange(fd_, -1));
}

}  // namespace muster::fleet

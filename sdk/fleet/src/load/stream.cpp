// SPDX-License-Identifier: Apache-2.0
// Sockets of the load.
#include "load/stream.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
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

bool is_loopback(const SocketAddress& address) {
    if (address.storage.ss_family != AF_INET) return false;
    const auto* const ipv4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    return ntohl(ipv4->sin_addr.s_addr) >> 24U == loopback_network;
}

Error connect_error(int number) {
    return {number == ETIMEDOUT ? Code::timeout : Code::unreachable, std::string("connecting failed: ") + std::strerror(number)};
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
    if (moved > 0) return {static_cast<std::size_t>(moved)};
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
    SocketAddress address;
    auto* const ipv4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(target.port);
    address.size = sizeof(sockaddr_in);
    if (::inet_pton(AF_INET, target.address.c_str(), &ipv4->sin_addr) != 1)
        return Error{Code::invalid_argument, "'" + target.address + "' is no IPv4 address"};
    return connect(address, number);
}

Result<Stream> Stream::connect(const SocketAddress& address, std::uint32_t number) {
    Stream stream(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!stream.is_open()) return system_error("a socket cannot be made");
    const int on = 1;
    ::setsockopt(stream.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (number >= connections_per_source && is_loopback(address) && !bind_source(stream.fd_, number))
        return system_error("no source address is free");
    if (::connect(stream.fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 && errno != EINPROGRESS)
        return connect_error(errno);
    return stream;
}

std::optional<Error> Stream::connect_failure() const {
    int number = 0;
    socklen_t size = sizeof(number);
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &number, &size);
    if (number == 0) return std::nullopt;
    return connect_error(number);
}

Result<bool> Stream::shake_hands() {
    ERR_clear_error();
    const int outcome = SSL_do_handshake(ssl_.get());
    if (outcome == 1) return true;
    const int error = SSL_get_error(ssl_.get(), outcome);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return false;
    const char* const reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE) {
        return Error{Code::tls, std::string("TLS: the broker's certificate: ") + X509_verify_cert_error_string(verified)};
    }
    if (reason != nullptr) return Error{Code::tls, std::string("TLS: ") + reason};
    return Error{Code::unreachable, "the broker closed the connection in the TLS handshake"};
}

Transfer Stream::outcome_of_tls(int outcome) const {
    if (outcome > 0) return {static_cast<std::size_t>(outcome)};
    const int error = SSL_get_error(ssl_.get(), outcome);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {};
    const Transfer end{0, true, ERR_reason_error_string(ERR_peek_error())};
    ERR_clear_error();  // Or the next connection's outcome would be taken for an error.
    return end;
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

// SPDX-License-Identifier: Apache-2.0
// The bytes of one connection, with or without TLS, without blocking.
#include "net/stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace muster::testbroker::net {
namespace {

IoResult result_of(ssize_t count, IoState would_block) {
    if (count > 0) return {IoState::done, static_cast<std::size_t>(count)};
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {would_block};
    return {IoState::closed};
}

int clamped(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

}  // namespace

std::optional<Stream> Stream::over_tls(Socket socket, TlsContext& tls) {
    Stream stream(std::move(socket));
    stream.ssl_.reset(SSL_new(tls.context().native_handle()));
    if (!stream.ssl_ || SSL_set_fd(stream.ssl_.get(), stream.fd()) != 1) return std::nullopt;
    SSL_set_accept_state(stream.ssl_.get());
    return stream;
}

IoState Stream::state_after(int result) const {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return IoState::wants_read;
        case SSL_ERROR_WANT_WRITE:
            return IoState::wants_write;
        default:
            return IoState::closed;
    }
}

IoState Stream::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? IoState::done : state_after(result);
}

tenancy::PeerIdentity Stream::peer() const {
    return ssl_ ? tenancy::PeerIdentity{peer_certificate(ssl_.get())} : tenancy::PeerIdentity{};
}

IoResult Stream::read(char* into, std::size_t size) {
    if (!ssl_) return result_of(::recv(fd(), into, size, 0), IoState::wants_read);
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), into, clamped(size));
    if (count > 0) return {IoState::done, static_cast<std::size_t>(count)};
    return {state_after(count)};
}

IoResult Stream::write(std::string_view bytes) {
    if (!ssl_) return result_of(::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL), IoState::wants_write);
    ERR_clear_error();
    const int count = SSL_write(ssl_.get(), bytes.data(), clamped(bytes.size()));
    if (count > 0) return {IoState::done, static_cast<std::size_t>(count)};
    return {state_after(count)};
}

void Stream::finish() {
    if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
    }
    ::shutdown(fd(), SHUT_WR);
}

}  // namespace muster::testbroker::net

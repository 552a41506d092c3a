// SPDX-License-Identifier: Apache-2.0
// send and recv, or TLS's.
#include "transport/native_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace muster::transport {
namespace {

Result<std::size_t> moved(ssize_t outcome) {
    if (outcome > 0) return static_cast<std::size_t>(outcome);
    if (outcome < 0 && (errno == EAGAIN || errno == EINTR)) return std::size_t{0};
    const std::string why = outcome == 0 ? "" : " (" + std::generic_category().message(errno) + ")";
    return Error{Code::unreachable, "the connection was lost" + why};
}

}  // namespace

Result<void> NativeStream::secure(const pki::TlsFiles& files, const std::string& host) {
    auto made = pki::TlsClient::make(files, host, fd());
    if (!made) return std::move(made).error();
    tls_ = std::move(*made);
    return {};
}

Result<bool> NativeStream::shake_hands() {
    return tls_ ? tls_->shake_hands() : Result<bool>(true);
}

Result<std::size_t> NativeStream::read(char* into, std::size_t size) {
    return tls_ ? tls_->read(into, size) : moved(::recv(fd(), into, size, 0));
}

Result<std::size_t> NativeStream::write(std::string_view bytes) {
    return tls_ ? tls_->write(bytes) : moved(::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

void NativeStream::shut_down() {
    if (tls_) tls_->close();
    ::shutdown(fd(), SHUT_WR);
}

short NativeStream::events(bool has_output) const {
    return static_cast<short>((tls_ ? tls_->wants_write() : has_output) ? POLLIN | POLLOUT : POLLIN);
}

}  // namespace muster::transport

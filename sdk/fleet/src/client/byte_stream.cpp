// SPDX-License-Identifier: Apache-2.0
// send and recv, SSL_write and SSL_read.
#include "client/byte_stream.hpp"

#include "pki/tls_reason.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace muster::fleet {
namespace {

constexpr std::size_t read_bytes = 64U << 10U;
constexpr const char* closed = "the server closed the connection";

Error socket_failure(int number) {
    if (number == ECONNRESET || number == EPIPE) return {Code::unreachable, "the server reset the connection"};
    return {Code::unreachable, std::generic_category().message(number)};
}

bool expect_server(SSL* ssl, const std::string& host) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1) return true;
    ERR_clear_error();
    return SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

const char* hint_of(long verdict) {
    switch (verdict) {
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "give the CA that vouches for the server with --cafile";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "connect by a name that is in the server's certificate";
        case X509_V_ERR_CERT_NOT_YET_VALID:
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "compare the clocks of both sides, then renew the server's certificate";
        default:
            return "";
    }
}

}  // namespace

Error ByteStream::tls_failure(const std::string& host) const {
    const long verdict = SSL_get_verify_result(ssl_.get());
    const std::string reason = pki::take_tls_reason();
    if (SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE && verdict != X509_V_OK) {
        const bool is_name = verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
        const std::string why = is_name ? "it is not for " + host : X509_verify_cert_error_string(verdict);
        return {Code::tls, "the server's certificate cannot be trusted: " + why, hint_of(verdict)};
    }
    if (reason.empty()) return {Code::unreachable, std::string(closed) + " within the TLS handshake"};
    const bool is_no_tls = reason.find("wrong version number") != std::string::npos;
    return {Code::tls, "TLS: " + reason, is_no_tls ? "the port may speak plain MQTT: try mqtt://" : ""};
}

Result<bool> ByteStream::shake_hands(const std::string& host) {
    ERR_clear_error();
    const int outcome = SSL_connect(ssl_.get());
    if (outcome == 1) return true;
    const int failure = SSL_get_error(ssl_.get(), outcome);
    if (failure == SSL_ERROR_WANT_READ || failure == SSL_ERROR_WANT_WRITE) return false;
    if (failure == SSL_ERROR_SYSCALL && errno != 0 && ERR_peek_error() == 0) return socket_failure(errno);
    return tls_failure(host);
}

Result<void> ByteStream::secure(const TlsContext& tls, const std::string& host, const Patience& patience, TlsSessionFile* session) {
    ssl_.reset(SSL_new(tls.context.get()));
    if (!ssl_ || SSL_set_fd(ssl_.get(), fd()) != 1 || !expect_server(ssl_.get(), host))
        return Error{Code::tls, "TLS: " + pki::take_tls_reason()};
    const auto* const alpn = reinterpret_cast<const unsigned char*>(tls.alpn.data());
    if (!tls.alpn.empty()) SSL_set_alpn_protos(ssl_.get(), alpn, static_cast<unsigned>(tls.alpn.size()));
    if (session != nullptr) session->offer(*ssl_);
    for (;;) {
        const auto done = shake_hands(host);
        if (!done) return done.error();
        if (*done && session != nullptr) session->look_at(*ssl_);
        if (*done) return {};
        if (auto waited = wait_until_ready(fd(), events(false), patience, "TLS handshake"); !waited) return waited;
    }
}

short ByteStream::events(bool has_output) const {
    if (ssl_ && SSL_want_write(ssl_.get())) return POLLIN | POLLOUT;
    return static_cast<short>(has_output && !(ssl_ && SSL_want_read(ssl_.get())) ? POLLIN | POLLOUT : POLLIN);
}

Result<bool> ByteStream::read(std::string& into) {
    const std::size_t most = into.size() + most_at_once;
    while (into.size() < most || (ssl_ && SSL_pending(ssl_.get()) > 0)) {
        const std::size_t before = into.size();
        const std::size_t size = before < most ? std::min(read_bytes, most - before) : read_bytes;
        into.resize(before + size);
        ERR_clear_error();
        const auto got = ssl_ ? SSL_read(ssl_.get(), into.data() + before, static_cast<int>(size))
                              : static_cast<int>(::recv(fd(), into.data() + before, size, 0));
        const int number = errno;
        into.resize(before + static_cast<std::size_t>(std::max(got, 0)));
        if (got > 0) continue;
        if (ssl_) {
            const int failure = SSL_get_error(ssl_.get(), got);
            if (failure == SSL_ERROR_WANT_READ || failure == SSL_ERROR_WANT_WRITE) return false;
            if (failure == SSL_ERROR_ZERO_RETURN) return Error{Code::unreachable, closed};
            if (const std::string reason = pki::take_tls_reason(); !reason.empty() && reason.find("unexpected eof") == std::string::npos)
                return Error{Code::tls, "TLS: " + reason};
            return Error{Code::unreachable, closed};
        }
        if (got == 0) return Error{Code::unreachable, closed};
        if (number == EAGAIN || number == EWOULDBLOCK) return false;
        if (number != EINTR) return socket_failure(number);
    }
    return true;
}

Result<void> ByteStream::write(std::string& bytes) {
    std::size_t written = 0;
    std::optional<Error> failure;
    while (written < bytes.size()) {
        ERR_clear_error();
        const std::size_t size = std::min<std::size_t>(bytes.size() - written, 1U << 20U);
        const auto got = ssl_ ? SSL_write(ssl_.get(), bytes.data() + written, static_cast<int>(size))
                              : static_cast<int>(::send(fd(), bytes.data() + written, size, MSG_NOSIGNAL));
        if (got > 0) {
            written += static_cast<std::size_t>(got);
            continue;
        }
        const int number = errno;
        const int what = ssl_ ? SSL_get_error(ssl_.get(), got) : SSL_ERROR_NONE;
        const bool is_full = ssl_ ? what == SSL_ERROR_WANT_READ || what == SSL_ERROR_WANT_WRITE : number == EAGAIN || number == EWOULDBLOCK;
        if (!ssl_ && number == EINTR) continue;
        if (!is_full) failure = socket_failure(number == 0 ? EPIPE : number);
        break;
    }
    bytes.erase(0, written);
    return failure ? Result<void>(*failure) : Result<void>();
}

Result<void> ByteStream::write_all(std::string bytes, const Patience& patience) {
    for (;;) {
        if (auto written = write(bytes); !written || bytes.empty()) return written;
        if (auto waited = wait_until_ready(fd(), events(true), patience, "sending"); !waited) return waited;
    }
}

Result<void> ByteStream::read_more(std::string& into, const Patience& patience, const char* what) {
    const std::size_t before = into.size();
    for (;;) {
        if (auto got = read(into); !got) {
            // What it said last counts first.
            return into.size() > before ? Result<void>() : Result<void>(std::move(got).error());
        }
        if (into.size() > before) return {};
        if (auto waited = wait_until_ready(fd(), events(false), patience, what); !waited) return waited;
    }
}

void ByteStream::shut_down() {
    if (ssl_) SSL_shutdown(ssl_.get());
    if (fd() >= 0) ::shutdown(fd(), SHUT_WR);
}

}  // namespace muster::fleet

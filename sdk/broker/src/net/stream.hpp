// SPDX-License-Identifier: Apache-2.0
// The bytes of one connection, with or without TLS, without blocking.
#pragma once

#include "net/socket.hpp"
#include "net/tls.hpp"

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace muster::testbroker::net {

enum class IoState : std::uint8_t {
    done,
    wants_read,
    wants_write,
    closed,  ///< By the peer, or by an error.
};

struct IoResult {
    IoState state;
    std::size_t count = 0;  ///< Bytes; 0 unless done.
};

/// Threads: one at a time.
class Stream {
public:
    explicit Stream(Socket socket) : socket_(std::move(socket)) {}
    /// The server's side of TLS; none if there is no memory for it.
    [[nodiscard]] static std::optional<Stream> over_tls(Socket socket, TlsContext& tls);

    [[nodiscard]] int fd() const { return socket_.fd(); }
    [[nodiscard]] bool is_tls() const { return ssl_ != nullptr; }
    /// TLS only. Done: the handshake has ended well.
    IoState handshake();
    /// After the handshake.
    [[nodiscard]] tenancy::PeerIdentity peer() const;
    [[nodiscard]] bool was_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
    IoResult read(char* into, std::size_t size);
    /// Whether `read` would give more at once that the system does not announce.
    [[nodiscard]] bool has_buffered() const { return ssl_ != nullptr && SSL_has_pending(ssl_.get()) == 1; }
    /// May write a part only.
    IoResult write(std::string_view bytes);
    /// TLS's goodbye, if it can be said at once, and the end of what we send.
    void finish();

private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    [[nodiscard]] IoState state_after(int result) const;

    Socket socket_;
    std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace muster::testbroker::net

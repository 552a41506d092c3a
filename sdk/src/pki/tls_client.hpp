// SPDX-License-Identifier: Apache-2.0
// A client's side of TLS over a socket that does not block.
#pragma once

#include "pki/openssl.hpp"

#include <muster/result.hpp>

#include <openssl/ssl.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace muster::pki {

/// What a client proves itself with, and whom it believes.
struct TlsFiles {
    std::filesystem::path trust_anchors;  ///< PEM; the system's store is never used.
    std::filesystem::path certificate;    ///< With its chain, PEM; empty: none.
    std::filesystem::path key;            ///< As load_key() takes it.
    std::string_view key_password;        ///< Empty: none.
};

/// TLS 1.2 or later, with AEAD suites and forward secrecy only; the server must have a certificate for the host that it is reached by.
/// Threads: one.
class TlsClient {
public:
    /// Nothing is sent yet. `socket` stays the caller's. Fails as load_key() does, and with Code::corrupt where a file is not what it
    /// should be.
    [[nodiscard]] static Result<TlsClient> make(const TlsFiles& files, const std::string& host, int socket);

    /// Whether the handshake is done; if not, it goes on once the socket is ready for what `wants_write` says. Fails with Code::tls if
    /// either side ends it, with Code::unreachable if the network does.
    [[nodiscard]] Result<bool> shake_hands();
    /// How many bytes came; 0: none are there yet. Fails with Code::unreachable at the end, with Code::tls if the server says why.
    [[nodiscard]] Result<std::size_t> read(char* into, std::size_t size);
    /// How many bytes were taken; 0: there is no room yet.
    [[nodiscard]] Result<std::size_t> write(std::string_view bytes);
    /// Tells the server that no more will come.
    void close();
    [[nodiscard]] bool wants_write() const { return SSL_want_write(session_.get()); }

private:
    TlsClient() = default;
    [[nodiscard]] Result<std::size_t> moved(int outcome);

    std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>> context_;
    std::unique_ptr<SSL, Freed<&SSL_free>> session_;
    bool has_heard_ = false;  // With TLS 1.3 the server says no when our handshake is done already (RFC 8446, section 4.4.2.4).
};

}  // namespace muster::pki

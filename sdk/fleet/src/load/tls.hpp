// SPDX-License-Identifier: Apache-2.0
// TLS of the load: certificates by client, and the sessions that make the next handshake a short one.
#pragma once

#include "load/plan.hpp"

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace muster::fleet {

struct FreeSsl {
    void operator()(SSL* ssl) const;
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SslHandle = std::unique_ptr<SSL, FreeSsl>;
using SslContext = std::unique_ptr<SSL_CTX, FreeSsl>;
using SslSession = std::unique_ptr<SSL_SESSION, FreeSsl>;

/// Threads: its worker's.
class TlsClients {
public:
    /// Fails with Code::tls if OpenSSL does not take the CA.
    static Result<std::unique_ptr<TlsClients>> make(const TlsPlan& plan, std::uint32_t slots);

    /// A connection that is yet to shake hands. `slot` keeps its session for its next one; `number` chooses the certificate.
    /// Fails with Code::tls.
    Result<SslHandle> open(int fd, std::uint32_t slot, std::uint32_t number);

private:
    TlsClients(const TlsPlan& plan, std::uint32_t slots) : plan_(plan), sessions_(slots) {}
    static int keep_session(SSL* ssl, SSL_SESSION* session);

    const TlsPlan& plan_;
    SslContext context_;
    std::vector<SslSession> sessions_;
};

}  // namespace muster::fleet

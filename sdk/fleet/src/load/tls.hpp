// SPDX-License-Identifier: Apache-2.0
// TLS of the load: certificates by client, and the sessions that make the next handshake a short one.
#pragma once

#include "load/credential.hpp"
#include "load/plan.hpp"

#include <muster/fleet/mqtt_client.hpp>

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
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

[[nodiscard]] TlsVersion tls_version_of(MqttTlsVersion version);

/// Threads: its worker's.
class TlsClients {
public:
    /// Fails with Code::tls if OpenSSL does not take the CA, Code::invalid_argument: there are no such ciphers.
    static Result<std::unique_ptr<TlsClients>> make(const TlsPlan& plan, std::uint32_t slots);

    /// A connection that is yet to shake hands. `slot` keeps its session for its next one; `number` chooses the certificate, none: it has
    /// none. Fails with Code::tls.
    Result<SslHandle> open(int fd, std::uint32_t slot, std::optional<std::uint32_t> number) {
        return open(fd, slot, number, plan_.server_name);
    }
    /// The same, to a server of this name; empty: of any.
    Result<SslHandle> open(int fd, std::uint32_t slot, std::optional<std::uint32_t> number, const std::string& server_name);

private:
    TlsClients(const TlsPlan& plan, std::uint32_t slots) : plan_(plan), sessions_(slots) {}
    Result<void> use_credential(SSL* ssl, std::uint32_t number);
    static int keep_session(SSL* ssl, SSL_SESSION* session);

    const TlsPlan& plan_;
    SslContext context_;
    std::vector<SslSession> sessions_;
    std::unordered_map<std::uint32_t, TlsCredential> credentials_;  // By number, once used.
};

}  // namespace muster::fleet

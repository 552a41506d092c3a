// SPDX-License-Identifier: Apache-2.0
// What a client speaks TLS with, from files.
#pragma once

#include "client/patience.hpp"

#include <muster/fleet/mqtt_client.hpp>

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace muster::fleet {

struct FreeTlsContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeTlsSession {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};

struct TlsContext {
    std::unique_ptr<SSL_CTX, FreeTlsContext> context;
    std::string alpn;         ///< As the handshake carries it.
    std::string common_name;  ///< Of the client's certificate; empty: it has none, or no single one.
    std::string fingerprint;  ///< What a session must not be taken up without; empty: none is kept.
};

/// Fails with Code::invalid_argument: there are no such ciphers.
[[nodiscard]] Result<void> set_versions_and_ciphers(SSL_CTX& context, MqttTlsVersion version, const std::string& ciphers);

/// Fails with Code::invalid_argument (settings that contradict each other, ciphers that there are none of), Code::not_found,
/// Code::unsafe_file, Code::corrupt, Code::denied (key password), Code::expired (the certificate), naming the file.
[[nodiscard]] Result<TlsContext> make_tls_context(const MqttTls& tls);

}  // namespace muster::fleet

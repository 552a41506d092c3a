// SPDX-License-Identifier: Apache-2.0
// A TLS session that outlives its program: the next connection shakes hands in short.
#pragma once

#include "pki/openssl.hpp"

#include <muster/fleet/mqtt_client.hpp>
#include <muster/result.hpp>

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace muster::fleet {

struct FreeTlsTicket {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

/// One connection's use of a session file. A session stands for the certificates that were shown when it began: it is taken up only towards
/// the same host and port, with the same certificate, trust and settings, while the server's certificate is valid. What cannot be used
/// costs a full handshake and no more.
///
/// The file: `muster TLS session 1`, `server HOST:PORT`, `settings SHA256`, then the session as OpenSSL writes it in PEM. Mode 0600.
/// Threads: one.
class TlsSessionFile {
public:
    /// What it is used for. `settings`: of what else counts, the SHA-256.
    struct Use {
        std::filesystem::path path;
        std::string host;
        std::string server;  ///< HOST:PORT.
        std::string settings;
        bool verifies_server = true;
    };

    explicit TlsSessionFile(Use use) : use_(std::move(use)) {}
    TlsSessionFile(const TlsSessionFile&) = delete;
    TlsSessionFile& operator=(const TlsSessionFile&) = delete;

    /// Once, for whatever is connected with this context.
    static void prepare(SSL_CTX& context);
    /// Before the handshake. The connection must not outlive this object.
    void offer(SSL& ssl);
    /// After it.
    void look_at(SSL& ssl);
    /// Writes down the newest session that the server gave since. A file that holds something else is left as it is.
    void store();

    [[nodiscard]] const MqttTlsSession& account() const { return account_; }

private:
    using Ticket = std::unique_ptr<SSL_SESSION, FreeTlsTicket>;

    static int keep(SSL* ssl, SSL_SESSION* session);
    /// The session to be taken up. Fails with why there is none.
    Result<Ticket> load();
    [[nodiscard]] Result<void> check(const SSL_SESSION& session) const;
    Result<void> write(SSL_SESSION& session) const;

    const Use use_;
    bool holds_something_else_ = false;
    Ticket newest_;  ///< Not stored yet.
    MqttTlsSession account_;
};

/// The SHA-256 of whatever a session must not be taken up without: our certificate, whom we trust, how TLS is spoken. Fails as the reading
/// of the files does.
[[nodiscard]] Result<std::string> fingerprint_of(const MqttTls& tls);

}  // namespace muster::fleet

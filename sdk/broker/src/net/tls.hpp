// SPDX-License-Identifier: Apache-2.0
// The TLS side of the listeners: our certificate, whom we believe, and what a client's certificate proved.
#pragma once

#include "base/guarded.hpp"
#include "net/tls_tickets.hpp"
#include "net/trust_store.hpp"
#include "tenancy/admission.hpp"

#include <muster/result.hpp>
#include <muster/testbroker/broker.hpp>

#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace muster::testbroker::net {

/// TLS 1.2 and 1.3. Where client certificates count, sessions are resumed by tickets; OpenSSL does not look at the certificate's validity
/// then (measured), so admission does. Threads: any.
class TlsContext {
public:
    /// Fails with Code::io if the files cannot be used, naming them. The clock and the CAs that client certificates are verified by are
    /// borrowed.
    static Result<std::unique_ptr<TlsContext>> make(const std::filesystem::path& certificate, const std::filesystem::path& key,
                                                    TrustStore& trusted, ClientCertificates clients, const base::Clock& clock);
    /// Handshakes from now on show these; connections and tickets stay. Fails as `make`, having changed nothing.
    Result<void> show(const std::filesystem::path& certificate, const std::filesystem::path& key);
    /// Asks for client certificates without demanding one: RFC 7030 gives the CA's certificates to everybody and enrolls by password
    /// whoever has no certificate of use (sections 4.1.1 and 3.2.3). One that `root_pem` does not vouch for counts as none; an expired one
    /// counts: whoever looks at them must look at their term. Nothing is resumed.
    void ask_for_certificates(const std::string& root_pem);
    [[nodiscard]] boost::asio::ssl::context& context() { return context_; }

private:
    TlsContext() : context_(boost::asio::ssl::context::tls_server) {}
    static int choose_certificate(SSL* ssl, void* context);

    std::shared_ptr<TicketKeys> ticket_keys_;
    boost::asio::ssl::context context_;
    /// With the newer certificate and its key, for one handshake after the other: those of a context in use cannot be replaced. None: there
    /// is no newer one.
    base::Guarded<std::shared_ptr<boost::asio::ssl::context>> newer_;
};

/// What the handshake proved; none if the client sent no certificate.
[[nodiscard]] std::optional<tenancy::PeerCertificate> peer_certificate(SSL* ssl);

}  // namespace muster::testbroker::net

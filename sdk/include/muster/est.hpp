// SPDX-License-Identifier: Apache-2.0
// What an EST server tells everybody: its CA certificates, and what it asks of requests (RFC 7030, sections 4.1 and 4.5).
#pragma once

#include <muster/est_observer.hpp>
#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace muster {

/// An EST server, and why it is believed: by one of the two, never by the system's store.
struct EstServer {
    std::string url;                            ///< `https://host:port/.well-known/est` with an optional `/<label>`.
    std::filesystem::path trust_anchors;        ///< PEM file with the CA certificates that vouch for the server.
    std::string root_sha256;                    ///< Instead: the SHA-256 of its root's DER form, in hexadecimal, with or without colons.
    std::chrono::milliseconds timeout{30'000};  ///< 1 s to 10 min.
    EstObserver* observer = nullptr;            ///< Is told of every request; borrowed for the call.
};

/// Asks for the CA certificates of a server, in the order of its answer.
///
/// With `root_sha256` (the explicit bootstrap of RFC 7030, section 4.1.1) the answer is believed only if the certificate with that
/// fingerprint is in it, a self-signed CA's and valid now, and the certificate that the server showed in the TLS handshake is good for the
/// URL's host and leads to that root; of the answer only what leads to that root is returned. Nothing but the question is sent.
///
/// Fails with Code::invalid_argument (the URL, the fingerprint, none or both of the two), Code::tls (not to be believed), Code::denied,
/// Code::unavailable, Code::unreachable, Code::timeout, Code::rejected, Code::corrupt or Code::too_large (the answer). Threads: any;
/// blocks.
Result<std::vector<pki::CertificateInfo>> fetch_ca_certificates(const EstServer& server);

/// One thing that a server asks for: an OID on its own (an algorithm for the signature, an attribute to be given), or one with values.
struct CsrAttribute {
    std::string oid;                  ///< `1.2.840.10045.2.1`.
    std::string name;                 ///< As OpenSSL names it, `id-ecPublicKey`; the OID if it has no name.
    std::vector<std::string> values;  ///< Names of OIDs, text as it is, anything else as DER in hexadecimal.
};

/// Asks what requests to this server should have in them; nothing, if the server says so or knows no such question (204, 404).
/// Fails as fetch_ca_certificates() does; `trust_anchors` is needed. Threads: any; blocks.
Result<std::vector<CsrAttribute>> fetch_csr_attributes(const EstServer& server);

}  // namespace muster

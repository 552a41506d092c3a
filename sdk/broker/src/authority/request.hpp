// SPDX-License-Identifier: Apache-2.0
// What is taken from a certificate signing request, and what makes it unacceptable.
#pragma once

#include <muster/result.hpp>

#include <string>
#include <string_view>

namespace muster::testbroker::authority {

/// The key and the name: nothing else of a request gets into a certificate.
struct CertificateRequest {
    std::string common_name;
    std::string public_key_der;  ///< SubjectPublicKeyInfo.
    std::string sha256;          ///< Of the whole request's DER form, lower-case hexadecimal.
};

/// Checks a PKCS#10 request (RFC 2986, DER): signed by its own key with SHA-256 or better; a P-256, P-384, Ed25519 or RSA key of 2048 to
/// 8192 bits; exactly one CN, equal to `name`. Its attributes, extensions and the rest of its subject are ignored.
/// Fails with Code::invalid_argument, saying which of these it is. Threads: any.
Result<CertificateRequest> parse_request(std::string_view der, std::string_view name);

/// The DER form of the one request in a PEM text. Fails with Code::invalid_argument.
Result<std::string> request_in_pem(std::string_view pem);

}  // namespace muster::testbroker::authority

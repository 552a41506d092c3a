// SPDX-License-Identifier: Apache-2.0
// Certificates of every kind, good and bad, made on the spot with OpenSSL alone: nothing under test has a hand in them.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace muster::test {

using KeyHandle = std::shared_ptr<EVP_PKEY>;
using CertificateHandle = std::shared_ptr<X509>;

struct CertificateSpec {
    std::vector<std::string> common_names{"press-01"};
    std::chrono::system_clock::time_point starts = std::chrono::system_clock::now() - std::chrono::minutes(5);
    std::chrono::system_clock::time_point ends = std::chrono::system_clock::now() + std::chrono::hours(24 * 90);
    bool is_ca = false;
    std::string extended_key_usage = "clientAuth";  ///< As in openssl.cnf; empty for none.
    std::string subject_alt_name;                   ///< As in openssl.cnf: "DNS:localhost,IP:127.0.0.1".
    std::string basic_constraints = {};             ///< As in openssl.cnf; empty for what `is_ca` needs.
    std::string key_usage = {};                     ///< Likewise; "none" for none.
    std::string unknown_extension = {};             ///< "critical,ASN1:NULL" under an OID that nobody knows; empty for none.
    int name_type = V_ASN1_UTF8STRING;              ///< Of the CNs, which are encoded as they stand.
    const char* digest = "SHA256";
};

struct Minted {
    KeyHandle key;
    CertificateHandle certificate;
};

[[nodiscard]] KeyHandle mint_key(const char* type = "P-256");  ///< A curve, "RSA" (2048 bits), "RSA-1024" or "ED25519".

/// Signed by `issuer`, or by itself; for `key`, or for a new one.
[[nodiscard]] Minted mint(const CertificateSpec& spec, const Minted* issuer = nullptr, KeyHandle key = nullptr);

/// A CA whose name is `name`, and nothing but a CA.
[[nodiscard]] Minted mint_ca(const std::string& name, const Minted* issuer = nullptr);

/// A certificate for the key of a PKCS#10 request in DER, whose signature is checked; null if it is none.
[[nodiscard]] CertificateHandle sign_request(const std::string& request_der, const Minted& issuer, CertificateSpec spec = {});

[[nodiscard]] std::string pem_of(const CertificateHandle& certificate);
[[nodiscard]] std::string pem_of(const KeyHandle& key);
[[nodiscard]] std::string der_of(const KeyHandle& key);
/// A certs-only PKCS#7 message (RFC 7030, section 4.1.3) in DER.
[[nodiscard]] std::string pkcs7_of(const std::vector<CertificateHandle>& certificates);
/// The same message with the lengths of its outer four levels left open, as BER allows and some servers send.
[[nodiscard]] std::string with_open_lengths(const std::string& pkcs7_der);

}  // namespace muster::test

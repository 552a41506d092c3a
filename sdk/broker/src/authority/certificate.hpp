// SPDX-License-Identifier: Apache-2.0
// X.509 certificates made from a description, field by field (RFC 5280): names and extensions are never parsed from text.
#pragma once

#include "authority/openssl.hpp"
#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster::testbroker::authority {

enum class Purpose : std::uint8_t { ca, server, client };

/// A subjectAltName entry: an IP address is its 4 or 16 bytes.
struct AltName {
    enum class Kind : std::uint8_t { dns, ip, uri } kind;
    std::string value;
};

struct CertificateFields {
    std::string serial_hex;
    std::vector<std::pair<int, std::string>> subject;  ///< OpenSSL's NID and its text, in order.
    base::WallTime not_before;
    base::WallTime not_after;
    Purpose purpose = Purpose::client;
    long path_length = 0;  ///< For a CA: how many CAs may stand below it.
    std::vector<AltName> alt_names;
    std::string crl_url;  ///< Where the issuer's CRL is; empty: it does not say.
};

/// Who signs; both are borrowed.
struct Signer {
    X509& certificate;
    EVP_PKEY& key;
};

/// What a signature by this key hashes with; null where the key's own algorithm does (RFC 8410).
[[nodiscard]] const EVP_MD* digest_for(const EVP_PKEY& key);

/// 159 random bits, so that the number is positive in 20 bytes (RFC 5280, section 4.1.2.2); upper-case hexadecimal as OpenSSL prints it.
Result<std::string> make_serial();

/// A certificate for `public_key`, signed by `signer`; without one, by `public_key` itself, which must then have its private half.
Result<Certificate> make_certificate(const CertificateFields& fields, EVP_PKEY& public_key, std::optional<Signer> signer);

}  // namespace muster::testbroker::authority

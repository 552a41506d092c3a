// SPDX-License-Identifier: Apache-2.0
// What PKCS#11 and OpenSSL write differently: keys, and what is signed.
#pragma once

#include "pki/openssl.hpp"

#include <string>
#include <string_view>

namespace muster::pki {

/// A public key from CKA_EC_PARAMS and CKA_EC_POINT. Fails with Code::corrupt.
Result<Key> ec_key(const std::string& parameters, const std::string& point);
/// A public key from CKA_MODULUS and CKA_PUBLIC_EXPONENT. Fails with Code::corrupt.
Result<Key> rsa_key(const std::string& modulus, const std::string& exponent);

/// A DigestInfo (RFC 8017, section 9.2), which CKM_RSA_PKCS puts the padding around.
[[nodiscard]] std::string digest_info(std::string_view hash, const EVP_MD& digest);

/// An ECDSA-Sig-Value (RFC 5480) from its two numbers, one after the other.
Result<std::string> ecdsa_der(const std::string& numbers);

}  // namespace muster::pki

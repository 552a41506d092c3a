// SPDX-License-Identifier: Apache-2.0
// A private key that stays where it was made: what every such place offers.
#pragma once

#include "base/secret.hpp"
#include "pki/openssl.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace muster::pki {

/// How a hash is made into a signature: ECDSA as an ECDSA-Sig-Value in DER (RFC 5480), RSA as RFC 8017 has it, PSS with a salt as long as
/// the hash, as TLS wants it.
enum class Scheme : std::uint8_t { ecdsa, rsa_pkcs1, rsa_pss };

/// A private key in a PKCS#11 token or of a TPM.
/// Threads: any.
class TokenKey {
public:
    TokenKey() = default;
    virtual ~TokenKey() = default;
    TokenKey(const TokenKey&) = delete;
    TokenKey& operator=(const TokenKey&) = delete;

    [[nodiscard]] virtual EVP_PKEY& public_key() const = 0;
    /// Of a hash that this digest has made. The scheme is one of the public key's type.
    virtual Result<std::string> sign(std::string_view hash, const EVP_MD& digest, Scheme scheme) = 0;
};

/// Called at most once, and only for a key that needs its PIN or password; empty where there is none.
using AskPin = std::function<base::Secret()>;

/// The key that a key file of this content stands for; null if it stands for none elsewhere. Fails with Code::corrupt, as parse_pkcs11_uri
/// does, and as Pkcs11Key::open or TpmKey::open do.
Result<std::unique_ptr<TokenKey>> open_token_key(std::string_view content, const AskPin& ask);

}  // namespace muster::pki

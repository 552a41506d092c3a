// SPDX-License-Identifier: Apache-2.0
// Keys in a PKCS#11 token: made there, signing there.
#pragma once

#include "pki/openssl.hpp"
#include "pki/pkcs11_uri.hpp"
#include "pki/token_key.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace muster::pki {

/// A session with a token, logged in; closed at the end.
/// Threads: any one at a time.
class TokenSession {
public:
    enum class Use : std::uint8_t { sign, change };

    /// Loads the module (it stays loaded), finds the one token that the URI names and logs in. Fails with Code::not_found (module, token),
    /// Code::conflict (more than one token), Code::denied (PIN missing, wrong or locked), Code::io (whatever the module reports).
    static Result<std::unique_ptr<TokenSession>> open(const Pkcs11Uri& uri, std::string_view pin, Use use);
    ~TokenSession();
    TokenSession(const TokenSession&) = delete;
    TokenSession& operator=(const TokenSession&) = delete;

    /// Makes an EC P-256 key pair that cannot be extracted.
    Result<void> make_key(std::string_view id, std::string_view label);
    /// Removes private and public key of this id; none is no failure.
    Result<void> remove_key(std::string_view id);
    /// The one private key that id and label name.
    Result<unsigned long> find_private_key(std::string_view id, std::string_view label);
    /// The public half of an EC or RSA private key.
    Result<Key> public_key_of(unsigned long private_key);
    /// A signature as PKCS#11 has it: of ECDSA the two numbers, one after the other.
    Result<std::string> sign(unsigned long private_key, std::string_view hash, const EVP_MD& digest, Scheme scheme);

private:
    struct Cryptoki;
    TokenSession(std::unique_ptr<Cryptoki> cryptoki) noexcept;

    std::unique_ptr<Cryptoki> cryptoki_;
};

/// A private key in a PKCS#11 token, with a session of its own.
/// Threads: any.
class Pkcs11Key final : public TokenKey {
public:
    /// Fails as TokenSession::open() does; with Code::not_found or Code::conflict if not one key is meant, Code::corrupt.
    static Result<std::unique_ptr<Pkcs11Key>> open(const Pkcs11Uri& uri, std::string_view pin);

    [[nodiscard]] EVP_PKEY& public_key() const override { return *public_key_; }
    Result<std::string> sign(std::string_view hash, const EVP_MD& digest, Scheme scheme) override;

private:
    Pkcs11Key(std::unique_ptr<TokenSession> session, unsigned long object, Key public_key)
        : session_(std::move(session)), object_(object), public_key_(std::move(public_key)) {}

    std::mutex mutex_;
    const std::unique_ptr<TokenSession> session_;  // Used by one thread at a time: mutex_.
    const unsigned long object_;
    const Key public_key_;
};

}  // namespace muster::pki

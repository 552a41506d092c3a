// SPDX-License-Identifier: Apache-2.0
// The parts of the provider "muster": how OpenSSL holds, signs with and finds keys in tokens.
#pragma once

#include "pki/token_key.hpp"

#include <openssl/core_dispatch.h>

#include <memory>

namespace muster::pki::provider {

/// What OpenSSL holds as a key: one in a token, or, to be compared with one, a public key alone.
struct KeyData {
    std::unique_ptr<TokenKey> token;
    Key only_public;

    [[nodiscard]] EVP_PKEY* public_key() const { return token ? &token->public_key() : only_public.get(); }
};

constexpr const char* ec_names = "EC:id-ecPublicKey:1.2.840.10045.2.1";
constexpr const char* rsa_names = "RSA:rsaEncryption:1.2.840.113549.1.1.1";
constexpr const char* properties = "provider=muster";
/// Under this name an import takes a TokenKey's address, and with it the key.
constexpr const char* token_key_parameter = "muster-token-key";

extern const OSSL_DISPATCH ec_functions[];
extern const OSSL_DISPATCH rsa_functions[];
extern const OSSL_DISPATCH signature_functions[];
extern const OSSL_DISPATCH decoder_functions[];

/// What the core gives a provider's decoder to read with.
struct Upcalls {
    OSSL_FUNC_BIO_read_ex_fn* read = nullptr;
};

}  // namespace muster::pki::provider

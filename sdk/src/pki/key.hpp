// SPDX-License-Identifier: Apache-2.0
// Private keys: made, written, read back with every check.
#pragma once

#include "base/secret.hpp"
#include "pki/openssl.hpp"

#include <muster/pki.hpp>

#include <filesystem>
#include <string_view>

namespace muster::pki {

/// A new key.
Result<Key> make_key(KeyType type = KeyType::ec_p256);

/// Code::invalid_argument unless it is P-256, which is what keys of tokens and TPMs are made of; `store` is which.
Result<void> check_made_outside(KeyType type, std::string_view store);

/// PKCS#8 PEM, unencrypted.
Result<base::Secret> to_pem(EVP_PKEY& key);

/// PKCS#8 PEM, encrypted as open_key_store() says.
Result<base::Secret> to_encrypted_pem(EVP_PKEY& key, const base::Secret& password);

/// Reads a PEM private key from a file of mode 0600, or opens the one that a PKCS#11 URI in the file's place names, with the PIN as
/// password or from its `pin-source`; `password` may be null. Fails with Code::not_found, Code::unsafe_file, Code::io; Code::denied if the
/// key is encrypted and the password missing or wrong; Code::corrupt if it is no private key, saying what it seems to be. A reference to a
/// key in a token is followed, with its PIN as password, and a key of a TPM opened; then it fails also as open_token_key() does.
Result<Key> load_key(const std::filesystem::path& path, const base::Secret* password = nullptr);

}  // namespace muster::pki

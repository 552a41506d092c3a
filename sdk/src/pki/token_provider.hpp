// SPDX-License-Identifier: Apache-2.0
// Keys in tokens as OpenSSL's own: a provider that reads references from PEM files and signs in the token.
#pragma once

#include "pki/token_key.hpp"

namespace muster::pki {

/// Makes the provider "muster" known to OpenSSL, for the whole process and once. From then on every library that reads a private key from a
/// PEM file through OpenSSL (Paho, libcurl) also reads a reference to a key in a token, and a TPM's key, and asks for the PIN as for a pass
/// phrase. It does nothing else; algorithms without a property query stay those of the default provider. Threads: any.
Result<void> load_token_provider();

/// The key for OpenSSL; loads the provider.
Result<Key> to_openssl(std::unique_ptr<TokenKey> key);

}  // namespace muster::pki

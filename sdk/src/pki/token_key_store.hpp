// SPDX-License-Identifier: Apache-2.0
// The key store that a PKCS#11 token is.
#pragma once

#include "base/secret.hpp"
#include "pki/pkcs11_uri.hpp"

#include <muster/key_store.hpp>

namespace muster::pki {

/// Makes keys in the token that the URI names, with random ids and the URI's `object` as their label ("muster" without), and writes
/// references to them.
[[nodiscard]] std::unique_ptr<KeyStore> make_token_key_store(Pkcs11Uri uri, base::Secret pin);

}  // namespace muster::pki

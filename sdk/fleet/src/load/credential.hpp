// SPDX-License-Identifier: Apache-2.0
// PEM texts as what OpenSSL's clients take: who they are, and whom they believe.
#pragma once

#include "load/plan.hpp"
#include "pki/openssl.hpp"

#include <openssl/ssl.h>

#include <filesystem>
#include <string>
#include <vector>

namespace muster::fleet {

/// A client's certificate, its chain and its key, parsed once.
struct TlsCredential {
    pki::Certificate leaf;
    std::vector<pki::Certificate> chain;
    pki::Key key;
    /// The key may be a reference to one in a token, or a TPM's. Fails with Code::tls if one of them is none, or the key is not the
    /// certificate's; Code::denied if its password or PIN is missing or wrong; of a key elsewhere as pki::open_token_key() does.
    static Result<TlsCredential> parse(const TlsIdentity& identity);
};

/// Where a server's chain must end: at these certificates, at those of the directory (as `openssl rehash` leaves it), or, if there is
/// neither, at the system's. Fails with Code::tls.
Result<void> add_trust(SSL_CTX& context, const std::string& ca_pem, const std::filesystem::path& ca_directory);

/// Code::tls with OpenSSL's own reason; empties its error queue.
[[nodiscard]] Error tls_error(const char* what);

}  // namespace muster::fleet

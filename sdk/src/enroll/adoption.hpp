// SPDX-License-Identifier: Apache-2.0
// Whether a key and certificates that were made elsewhere are a device's identity, and their way into its directory.
#pragma once

#include "base/secret.hpp"
#include "enroll/answer_check.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace muster::est {

/// Picks the certificate of `key` from `certificates`, and its issuers in their order, without a self-signed root. `device_id` may be
/// empty. Fails as make_pem_enroller() says; `source` is named in the message.
Result<Chain> check_identity_of(const std::vector<pki::Certificate>& certificates, EVP_PKEY& key, const std::string& device_id,
                                base::WallTime now, const std::string& source);

/// Stores key and chain. The key file is written first, then what store_credential() writes; the same key in the directory is left as it
/// is. Fails with Code::conflict if there is another one, and as writing files does. `key_password` opens the directory's key.
Result<void> adopt(const std::filesystem::path& directory, EVP_PKEY& key, const base::Secret& key_file, const Chain& chain,
                   const std::string& trust_anchors_pem, const base::Secret& key_password);

}  // namespace muster::est

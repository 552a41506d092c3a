// SPDX-License-Identifier: Apache-2.0
// The identity directory, written so that a crash leaves the old identity, the new one, or an obvious "not enrolled".
#pragma once

#include "base/secret.hpp"
#include "enroll/answer_check.hpp"

#include <muster/identity.hpp>

#include <string>
#include <string_view>

namespace muster::est {

/// Makes the directory and, if there is none, the key, in the store of that name. An existing key is used again, after its checks.
/// `password` may be null.
Result<pki::Key> open_or_make_key(const std::filesystem::path& directory,
                                  std::string_view key_store = "file:", const base::Secret* password = nullptr);

/// Writes `ca.pem`, `device.crt` and last `chain.pem`, which is what makes the identity usable; each file whole or not at all.
/// Without trust anchors `ca.pem` stays as it is, or away.
/// Where there are generations, it is the next one, and takes the place of the one in use at once.
Result<void> store_credential(const std::filesystem::path& directory, const Chain& chain, const std::string& trust_anchors_pem,
                              const base::Secret* key_password = nullptr);

}  // namespace muster::est

// SPDX-License-Identifier: Apache-2.0
// Key stores for code that has obtained the password already.
#pragma once

#include "base/secret.hpp"

#include <muster/key_store.hpp>

namespace muster::pki {

/// As the public one; `password` may be null or empty, and is copied.
Result<std::unique_ptr<KeyStore>> open_key_store(std::string_view name, const base::Secret* password);

/// The store that this key file's key is in, for another one like it.
Result<std::unique_ptr<KeyStore>> open_store_of(const std::filesystem::path& key_file, const base::Secret* password);

/// Removes what the key file refers to, if it lives elsewhere and `kept`, another key file, does not refer to it, too. The file stays. That
/// it refers to nothing, or is not there, is no failure.
Result<void> remove_referred_key(const std::filesystem::path& key_file, const std::filesystem::path& kept, const base::Secret* password);

}  // namespace muster::pki

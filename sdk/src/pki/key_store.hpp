// SPDX-License-Identifier: Apache-2.0
// Key stores for code that has obtained the password already.
#pragma once

#include "base/secret.hpp"

#include <muster/key_store.hpp>

namespace muster::pki {

/// As the public one; `password` may be null or empty, and is copied.
Result<std::unique_ptr<KeyStore>> open_key_store(std::string_view name, const base::Secret* password);

}  // namespace muster::pki

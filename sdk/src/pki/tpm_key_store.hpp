// SPDX-License-Identifier: Apache-2.0
// The key store that a TPM 2 is.
#pragma once

#include "base/secret.hpp"

#include <muster/key_store.hpp>

namespace muster::pki {

/// Makes keys in the TPM, with this password if it is not empty. Fails with Code::invalid_argument if it is longer than a TPM takes.
Result<std::unique_ptr<KeyStore>> make_tpm_key_store(base::Secret password);

}  // namespace muster::pki

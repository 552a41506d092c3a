// SPDX-License-Identifier: Apache-2.0
// What a TPM says, in words.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <string>

namespace muster::pki {

/// What was asked of the TPM: a key is loaded under its parent, which the owner's password guards; it signs with its own.
enum class TpmStep : std::uint8_t { load, sign };

/// Why tpm2-openssl failed on this thread, from OpenSSL's error queue, which is emptied.
[[nodiscard]] Error tpm_error(const std::string& what, TpmStep step);

/// The same, where its provider could not be loaded: it connects to the TPM then.
[[nodiscard]] Error no_tpm_error();

}  // namespace muster::pki

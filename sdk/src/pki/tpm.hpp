// SPDX-License-Identifier: Apache-2.0
// Keys of a TPM 2: made by it, signing in it.
#pragma once

#include "pki/token_key.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace muster::pki {

/// Whether a key file is one that only a TPM can open, as tpm2-openssl and others write them.
[[nodiscard]] bool is_tpm_key(std::string_view pem);

/// The longest password of a TPM's key: the size of its name's hash, SHA-256.
constexpr std::size_t longest_tpm_password = 32;

/// A new EC P-256 key, for a key file: its private half is encrypted by the TPM, for itself. The password may be empty. Fails with
/// Code::not_found (no TPM, or no tpm2-openssl), Code::denied (the TPM's owner hierarchy has a password) and Code::io. Threads: any.
Result<base::Secret> make_tpm_key(const base::Secret& password);

/// A key that only its TPM can use. It takes room in the TPM, and a connection to it, while it is opened or signs: where no resource
/// manager lends out a TPM's three places, they are enough. The price is that the TPM derives the key's parent anew each time.
/// Threads: any; one at a time is at the TPM.
class TpmKey final : public TokenKey {
public:
    /// Fails as make_tpm_key() does, with Code::denied (password missing or wrong, or the TPM locked after too many wrong ones) and
    /// Code::corrupt (not of this TPM, or damaged).
    static Result<std::unique_ptr<TpmKey>> open(std::string_view pem, const AskPin& ask);

    [[nodiscard]] EVP_PKEY& public_key() const override { return *public_key_; }
    Result<std::string> sign(std::string_view hash, const EVP_MD& digest, Scheme scheme) override;

private:
    TpmKey(base::Secret pem, base::Secret password, Key public_key)
        : pem_(std::move(pem)), password_(std::move(password)), public_key_(std::move(public_key)) {}

    const base::Secret pem_;
    const base::Secret password_;
    const Key public_key_;
};

}  // namespace muster::pki

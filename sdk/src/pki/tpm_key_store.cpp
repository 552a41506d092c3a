// SPDX-License-Identifier: Apache-2.0
// The key store that a TPM 2 is.
#include "pki/tpm_key_store.hpp"

#include "base/files.hpp"
#include "pki/key.hpp"
#include "pki/tpm.hpp"

#include <system_error>
#include <utility>

namespace muster::pki {
namespace {

class TpmKeyStore final : public KeyStore {
public:
    explicit TpmKeyStore(base::Secret password) : password_(std::move(password)) {}
    Result<void> create(const std::filesystem::path& key_file, KeyType type, Overwrite overwrite) override {
        if (auto checked = check_made_outside(type, "a TPM"); !checked) return checked;
        std::error_code error;
        // Looked for before: some TPMs take seconds to make a key.
        if (overwrite == Overwrite::refuse && std::filesystem::exists(key_file, error))
            return Error{Code::conflict, key_file.string() + " exists already"};
        auto pem = make_tpm_key(password_);
        if (!pem) return std::move(pem).error();
        const auto existing = overwrite == Overwrite::replace ? base::Existing::replace : base::Existing::refuse;
        return base::store_file(key_file, pem->view(), base::Access::owner_only, existing);
    }

private:
    const base::Secret password_;
};

}  // namespace

Result<std::unique_ptr<KeyStore>> make_tpm_key_store(base::Secret password) {
    if (password.view().size() > longest_tpm_password)
        return Error{Code::invalid_argument, "the key password has more than 32 bytes, which a TPM does not take"};
    return std::unique_ptr<KeyStore>(std::make_unique<TpmKeyStore>(std::move(password)));
}

}  // namespace muster::pki

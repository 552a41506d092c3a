// SPDX-License-Identifier: Apache-2.0
// The key stores by their names.
#include "pki/key_store.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"

#include <string>
#include <utility>

namespace muster::pki {
namespace {

constexpr std::string_view file_store = "file:";

class FileKeyStore final : public KeyStore {
public:
    explicit FileKeyStore(base::Secret password) : password_(std::move(password)) {}
    Result<void> create(const std::filesystem::path& key_file, KeyType /*type*/, Overwrite overwrite) override {
        auto key = make_key();
        if (!key) return std::move(key).error();
        auto pem = password_.is_empty() ? to_pem(**key) : to_encrypted_pem(**key, password_);
        if (!pem) return std::move(pem).error();
        const auto existing = overwrite == Overwrite::replace ? base::Existing::replace : base::Existing::refuse;
        return base::store_file(key_file, pem->view(), base::Access::owner_only, existing);
    }

private:
    const base::Secret password_;
};

}  // namespace

Result<std::unique_ptr<KeyStore>> open_key_store(std::string_view name, const base::Secret* password) {
    if (name != file_store)
        return Error{Code::invalid_argument, "there is no key store '" + base::printable(name) + "'", "write it as file:"};
    return std::unique_ptr<KeyStore>(
        std::make_unique<FileKeyStore>(base::Secret(std::string(password == nullptr ? "" : password->view()))));
}

Result<std::unique_ptr<KeyStore>> open_key_store(std::string_view name, const KeyPassword& password) {
    auto secret = obtain(password);
    if (!secret) return std::move(secret).error();
    return open_key_store(name, &*secret);
}

}  // namespace muster::pki

// SPDX-License-Identifier: Apache-2.0
// The key stores by their names.
#include "pki/key_store.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"
#include "pki/pkcs11_uri.hpp"
#include "pki/token.hpp"
#include "pki/token_key_store.hpp"
#include "pki/tpm.hpp"
#include "pki/tpm_key_store.hpp"

#include <optional>
#include <string>
#include <utility>

namespace muster::pki {
namespace {

constexpr std::string_view file_store = "file:";
constexpr std::string_view token_store = "pkcs11:";
constexpr std::string_view tpm_store = "tpm2:";

class FileKeyStore final : public KeyStore {
public:
    explicit FileKeyStore(base::Secret password) : password_(std::move(password)) {}
    Result<void> create(const std::filesystem::path& key_file, KeyType type, Overwrite overwrite) override {
        auto key = make_key(type);
        if (!key) return std::move(key).error();
        auto pem = password_.is_empty() ? to_pem(**key) : to_encrypted_pem(**key, password_);
        if (!pem) return std::move(pem).error();
        const auto existing = overwrite == Overwrite::replace ? base::Existing::replace : base::Existing::refuse;
        return base::store_file(key_file, pem->view(), base::Access::owner_only, existing);
    }

private:
    const base::Secret password_;
};

base::Secret copy_of(const base::Secret* password) {
    return base::Secret(std::string(password == nullptr ? "" : password->view()));
}

Result<std::unique_ptr<KeyStore>> open_token_store(std::string_view name, const base::Secret* password) {
    auto uri = parse_pkcs11_uri(name);
    if (!uri) return std::move(uri).error();
    if (!uri->id.empty())
        return Error{Code::invalid_argument, "the PKCS#11 URI of a key store has an id", "leave the id out: each new key gets its own"};
    return make_token_key_store(std::move(*uri), copy_of(password));
}

Result<base::Secret> content_of(const std::filesystem::path& key_file) {
    auto loaded = base::load_secret_file(key_file);
    if (!loaded) return std::move(loaded).error();
    return base::Secret(std::move(*loaded));
}

Result<std::optional<Pkcs11Uri>> reference_in(std::string_view content, const std::filesystem::path& key_file) {
    auto reference = find_reference(content);
    if (!reference) return std::move(reference).error().in(key_file.string());
    return reference;
}

Result<std::optional<Pkcs11Uri>> reference_in(const std::filesystem::path& key_file) {
    auto content = content_of(key_file);
    if (!content) return std::move(content).error();
    return reference_in(content->view(), key_file);
}

}  // namespace

Result<std::unique_ptr<KeyStore>> open_key_store(std::string_view name, const base::Secret* password) {
    if (name.substr(0, token_store.size()) == token_store) return open_token_store(name, password);
    if (name == tpm_store) return make_tpm_key_store(copy_of(password));
    if (name != file_store)
        return Error{Code::invalid_argument, "there is no key store '" + base::printable(name) + "'",
                     "write it as file:, tpm2: or pkcs11:token=LABEL?module-path=PATH"};
    return std::unique_ptr<KeyStore>(std::make_unique<FileKeyStore>(copy_of(password)));
}

Result<std::unique_ptr<KeyStore>> open_key_store(std::string_view name, const KeyPassword& password) {
    auto secret = obtain(password);
    if (!secret) return std::move(secret).error();
    return open_key_store(name, &*secret);
}

Result<bool> needs_password(const std::filesystem::path& key_file) {
    if (is_pkcs11_uri(key_file.native())) {
        const auto uri = parse_pkcs11_uri(key_file.native(), PinSource::read);
        return uri ? Result<bool>(uri->pin_source.empty()) : Result<bool>(uri.error());
    }
    const auto content = content_of(key_file);
    if (!content) return content.error();
    // Of PKCS#8 the label says it, of OpenSSL's older form a header: `Proc-Type: 4,ENCRYPTED`.
    if (content->view().find("ENCRYPTED") != std::string_view::npos) return true;
    const auto reference = find_reference(content->view());
    return reference && reference->has_value();
}

Result<KeyReference> refer_to_key(std::string_view uri) {
    auto parsed = parse_pkcs11_uri(uri, PinSource::read);
    if (!parsed) return std::move(parsed).error();
    auto pem = to_reference_pem(*parsed);
    if (!pem) return std::move(pem).error();
    return KeyReference{std::move(*pem), std::move(parsed->pin_source)};
}

Result<std::unique_ptr<KeyStore>> open_store_of(const std::filesystem::path& key_file, const base::Secret* password) {
    const auto content = content_of(key_file);
    if (!content) return content.error();
    if (is_tpm_key(content->view())) return open_key_store(tpm_store, password);
    auto reference = reference_in(content->view(), key_file);
    if (!reference) return std::move(reference).error();
    if (!*reference) return open_key_store(file_store, password);
    (*reference)->id.clear();
    return make_token_key_store(std::move(**reference), copy_of(password));
}

Result<void> remove_referred_key(const std::filesystem::path& key_file, const std::filesystem::path& kept, const base::Secret* password) {
    auto reference = reference_in(key_file);
    if (!reference || !*reference || (*reference)->id.empty()) return {};
    auto other = reference_in(kept);
    // What cannot be read might be the same.
    if (!other) return std::move(other).error();
    if (*other && (*other)->id == (*reference)->id) return {};
    auto session = TokenSession::open(**reference, password == nullptr ? std::string_view() : password->view(), TokenSession::Use::change);
    if (!session) return std::move(session).error();
    return (*session)->remove_key((*reference)->id);
}

}  // namespace muster::pki

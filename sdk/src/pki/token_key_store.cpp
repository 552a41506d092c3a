// SPDX-License-Identifier: Apache-2.0
// The key store that a PKCS#11 token is.
#include "pki/token_key_store.hpp"

#include "base/files.hpp"
#include "pki/key.hpp"
#include "pki/openssl.hpp"
#include "pki/token.hpp"

#include <openssl/rand.h>

#include <string>
#include <system_error>
#include <utility>

namespace muster::pki {
namespace {

constexpr int id_bytes = 16;
constexpr const char* default_label = "muster";

class TokenKeyStore final : public KeyStore {
public:
    TokenKeyStore(Pkcs11Uri uri, base::Secret pin) : uri_(std::move(uri)), pin_(std::move(pin)) {
        if (uri_.object.empty()) uri_.object = default_label;
    }
    Result<void> create(const std::filesystem::path& key_file, KeyType type, Overwrite overwrite) override {
        if (auto checked = check_made_outside(type, "a PKCS#11 token"); !checked) return checked;
        std::error_code error;
        // Looked for before: a key made in vain would take room in the token.
        if (overwrite == Overwrite::refuse && std::filesystem::exists(key_file, error))
            return Error{Code::conflict, key_file.string() + " exists already"};
        Pkcs11Uri made = uri_;
        made.id.resize(id_bytes);
        if (RAND_bytes(reinterpret_cast<unsigned char*>(made.id.data()), id_bytes) != 1) return openssl_error("no random numbers");
        auto pem = to_reference_pem(made);
        if (!pem) return std::move(pem).error();
        auto session = TokenSession::open(uri_, pin_.view(), TokenSession::Use::change);
        if (!session) return std::move(session).error();
        if (auto key = (*session)->make_key(made.id, made.object); !key) return key;
        const auto existing = overwrite == Overwrite::replace ? base::Existing::replace : base::Existing::refuse;
        auto stored = base::store_file(key_file, *pem, base::Access::owner_only, existing);
        if (!stored) static_cast<void>((*session)->remove_key(made.id));
        return stored;
    }

private:
    Pkcs11Uri uri_;
    const base::Secret pin_;
};

}  // namespace

std::unique_ptr<KeyStore> make_token_key_store(Pkcs11Uri uri, base::Secret pin) {
    return std::make_unique<TokenKeyStore>(std::move(uri), std::move(pin));
}

}  // namespace muster::pki

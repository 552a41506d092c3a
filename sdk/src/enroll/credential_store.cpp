// SPDX-License-Identifier: Apache-2.0
// The identity directory.
#include "enroll/credential_store.hpp"

#include "base/files.hpp"
#include "enroll/generations.hpp"
#include "pki/key.hpp"
#include "pki/key_store.hpp"

#include <muster/pki.hpp>

#include <utility>

namespace muster::est {
namespace {

Result<void> store_generation(Generations& generations, const Chain& chain, const std::string& trust_anchors_pem) {
    if (auto prepared = generations.prepare(NextKey::kept); !prepared) return std::move(prepared).error();
    auto generation = generations.complete(chain, trust_anchors_pem);
    if (!generation) return std::move(generation).error();
    return generations.promote(*generation);
}

}  // namespace

Result<pki::Key> open_or_make_key(const std::filesystem::path& directory, std::string_view key_store, const base::Secret* password) {
    auto store = pki::open_key_store(key_store, password);
    if (!store) return std::move(store).error();
    if (auto made = base::make_private_directory(directory); !made) return std::move(made).error();
    const auto path = IdentityFiles::in(directory).key;
    auto key = pki::load_key(path, password);
    const bool is_missing = !key && key.error().code() == Code::not_found;
    if (!is_missing) return key;
    auto created = (*store)->create(path, pki::KeyType::ec_p256, pki::Overwrite::refuse);
    // Conflict: another process made one in between; then that one is used.
    if (!created && created.error().code() != Code::conflict) return std::move(created).error();
    return pki::load_key(path, password);
}

Result<void> store_credential(const std::filesystem::path& directory, const Chain& chain, const std::string& trust_anchors_pem,
                              const base::Secret* key_password) {
    Generations generations(directory, key_password);
    if (generations.current()) return store_generation(generations, chain, trust_anchors_pem);
    const IdentityFiles files = IdentityFiles::in(directory);
    std::string chain_pem;
    for (const auto& certificate : chain) chain_pem += pki::to_pem(*certificate);
    const auto store = [](const std::filesystem::path& path, const std::string& content) {
        return base::store_file(path, content, base::Access::everyone_reads, base::Existing::replace);
    };
    if (!trust_anchors_pem.empty()) {
        if (auto stored = store(files.trust_anchors, trust_anchors_pem); !stored) return stored;
    }
    if (auto stored = store(files.certificate, pki::to_pem(*chain.front())); !stored) return stored;
    return store(files.chain, chain_pem);
}

}  // namespace muster::est

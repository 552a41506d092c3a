// SPDX-License-Identifier: Apache-2.0
// Private keys in files.
#include "pki/key.hpp"

#include "base/files.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

namespace muster::pki {
namespace {

// Keys are never asked for a pass phrase on a terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
    return -1;
}

Error describe_no_key(const std::filesystem::path& path, const std::string& content) {
    const auto has = [&](const char* text) { return content.find(text) != std::string::npos; };
    const std::string name = path.string();
    ERR_clear_error();
    if (content.empty()) return {Code::corrupt, name + " is empty, not a private key"};
    if (has("BEGIN ENCRYPTED PRIVATE KEY") || has("Proc-Type: 4,ENCRYPTED"))
        return {Code::corrupt, name + " is an encrypted key, which needs a pass phrase", "use an unencrypted key of mode 0600"};
    if (has("BEGIN CERTIFICATE")) return {Code::corrupt, name + " holds a certificate, not a private key"};
    if (has("BEGIN PUBLIC KEY")) return {Code::corrupt, name + " holds a public key, not a private key"};
    if (has("PRIVATE KEY")) return {Code::corrupt, name + " holds a damaged private key"};
    return {Code::corrupt, name + " holds no PEM private key"};
}

}  // namespace

Result<Key> make_key() {
    Key key(EVP_EC_gen("P-256"));
    if (!key) return openssl_error("cannot make a P-256 key");
    return key;
}

Result<std::string> to_pem(EVP_PKEY& key) {
    const Bio bio(BIO_new(BIO_s_secmem()));
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return openssl_error("cannot encode the private key");
    return text_of(*bio);
}

Result<Key> load_key(const std::filesystem::path& path) {
    auto content = base::load_secret_file(path);
    if (!content) return std::move(content).error();
    const Bio bio = memory_bio(*content);
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr));
    if (!key) return describe_no_key(path, *content);
    OPENSSL_cleanse(content->data(), content->size());
    return key;
}

Result<void> create_key(const std::filesystem::path& path, KeyType /*type*/, Overwrite overwrite) {
    auto key = make_key();
    if (!key) return std::move(key).error();
    auto pem = to_pem(**key);
    if (!pem) return std::move(pem).error();
    const auto existing = overwrite == Overwrite::replace ? base::Existing::replace : base::Existing::refuse;
    auto stored = base::store_file(path, *pem, base::Access::owner_only, existing);
    OPENSSL_cleanse(pem->data(), pem->size());
    return stored;
}

}  // namespace muster::pki

// SPDX-License-Identifier: Apache-2.0
// Private keys in files.
#include "pki/key.hpp"

#include "base/files.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstddef>
#include <string_view>
#include <utility>

namespace muster::pki {
namespace {

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

bool is_der_key(std::string_view content) {
    const auto* data = reinterpret_cast<const unsigned char*>(content.data());
    const Key key(d2i_AutoPrivateKey(nullptr, &data, static_cast<long>(content.size())));
    return key != nullptr;
}

Error describe_no_key(const std::filesystem::path& path, std::string_view content) {
    const auto has = [&](std::string_view text) { return content.find(text) != std::string_view::npos; };
    const std::string name = path.string();
    const bool is_der = is_der_key(content);
    ERR_clear_error();
    if (content.empty()) return {Code::corrupt, name + " is empty, not a private key", "make a key: muster key create"};
    if (has("BEGIN ENCRYPTED PRIVATE KEY") || has("Proc-Type: 4,ENCRYPTED")) {
        return {Code::corrupt, name + " is an encrypted key, which needs a pass phrase",
                "decrypt it into a file of mode 0600: openssl pkey -in " + name + " -out device.key"};
    }
    if (is_der)
        return {Code::corrupt, name + " is a private key in DER form, not PEM",
                "openssl pkey -inform DER -in " + name + " -out device.key"};
    if (has("PRIVATE KEY")) return {Code::corrupt, name + " holds a damaged private key"};
    if (has("BEGIN CERTIFICATE REQUEST")) return {Code::corrupt, name + " holds a certificate signing request, not a private key"};
    if (has("BEGIN CERTIFICATE")) return {Code::corrupt, name + " holds a certificate, not a private key"};
    if (has("BEGIN PUBLIC KEY")) return {Code::corrupt, name + " holds a public key, not a private key"};
    return {Code::corrupt, name + " holds no PEM private key"};
}

}  // namespace

Result<Key> make_key() {
    Key key(EVP_EC_gen("P-256"));
    if (!key) return openssl_error("cannot make a P-256 key");
    return key;
}

Result<base::Secret> to_pem(EVP_PKEY& key) {
    const Bio bio(BIO_new(BIO_s_mem()));  // Wiped when freed, as every buffer of OpenSSL's is.
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return openssl_error("cannot encode the private key");
    return base::Secret(text_of(*bio));
}

Result<Key> load_key(const std::filesystem::path& path) {
    auto loaded = base::load_secret_file(path);
    if (!loaded) return std::move(loaded).error();
    const base::Secret content(std::move(*loaded));
    const Bio bio = memory_bio(content.view());
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr));
    if (!key) return describe_no_key(path, content.view());
    if (count(content.view(), "PRIVATE KEY-----") > 2)  // one in its BEGIN line, one in its END line
        return Error{Code::corrupt, path.string() + " holds more than one private key", "keep one key in the file"};
    return key;
}

Result<void> create_key(const std::filesystem::path& path, KeyType /*type*/, Overwrite overwrite) {
    auto key = make_key();
    if (!key) return std::move(key).error();
    auto pem = to_pem(**key);
    if (!pem) return std::move(pem).error();
    const auto existing = overwrite == Overwrite::replace ? base::Existing::replace : base::Existing::refuse;
    return base::store_file(path, pem->view(), base::Access::owner_only, existing);
}

}  // namespace muster::pki

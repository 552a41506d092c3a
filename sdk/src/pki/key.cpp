// SPDX-License-Identifier: Apache-2.0
// Private keys in files.
#include "pki/key.hpp"

#include "base/files.hpp"
#include "pki/key_password.hpp"
#include "pki/key_store.hpp"
#include "pki/pkcs11_uri.hpp"
#include "pki/token.hpp"
#include "pki/token_provider.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace muster::pki {
namespace {

using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<&PKCS8_PRIV_KEY_INFO_free>>;
using EncryptedPkcs8 = std::unique_ptr<X509_SIG, Freed<&X509_SIG_free>>;

// What a stolen file costs a guesser for each guess, and each connect of the device once: 30 ms on a desktop, ten times that on a small
// ARM.
constexpr int pbkdf2_rounds = 100'000;
constexpr int salt_bytes = 16;

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
    if (is_der)
        return {Code::corrupt, name + " is a private key in DER form, not PEM",
                "openssl pkey -inform DER -in " + name + " -out device.key"};
    if (has("PRIVATE KEY")) return {Code::corrupt, name + " holds a damaged private key"};
    if (has("BEGIN CERTIFICATE REQUEST")) return {Code::corrupt, name + " holds a certificate signing request, not a private key"};
    if (has("BEGIN CERTIFICATE")) return {Code::corrupt, name + " holds a certificate, not a private key"};
    if (has("BEGIN PUBLIC KEY")) return {Code::corrupt, name + " holds a public key, not a private key"};
    return {Code::corrupt, name + " holds no PEM private key"};
}

Error describe_locked(const std::filesystem::path& path, const PasswordAnswer& answer) {
    ERR_clear_error();
    const bool is_given = answer.password != nullptr && !answer.password->is_empty();
    if (!is_given) return {Code::denied, path.string() + " is an encrypted key, and no key password is given", "set key_password"};
    return {Code::denied, "the key password does not open " + path.string() + ", or the file is damaged"};
}

// Null if the key is in the file itself.
Result<Key> load_from_token(std::string_view content, const base::Secret* password) {
    auto key = open_token_key(content, [password] { return base::Secret(std::string(password == nullptr ? "" : password->view())); });
    if (!key) return std::move(key).error();
    return *key ? to_openssl(std::move(*key)) : Key();
}

Result<base::Secret> pin_of(const Pkcs11Uri& uri, const base::Secret* password) {
    const bool is_given = password != nullptr && !password->is_empty();
    if (uri.pin_source.empty()) return base::Secret(std::string(is_given ? password->view() : ""));
    if (is_given) return Error{Code::invalid_argument, "a key password and a pin-source are two PINs", "leave one of them out"};
    KeyPassword file;
    file.file = uri.pin_source;
    return obtain(file);
}

Result<Key> load_by_uri(std::string_view text, const base::Secret* password) {
    const auto uri = parse_pkcs11_uri(text, PinSource::read);
    if (!uri) return uri.error();
    const auto pin = pin_of(*uri, password);
    if (!pin) return pin.error();
    auto key = Pkcs11Key::open(*uri, pin->view());
    return key ? to_openssl(std::move(*key)) : Result<Key>(std::move(key).error());
}

Key generate(KeyType type) {
    switch (type) {
        case KeyType::ec_p256:
            return Key(EVP_EC_gen("P-256"));
        case KeyType::ec_p384:
            return Key(EVP_EC_gen("P-384"));
        case KeyType::rsa_2048:
            return Key(EVP_RSA_gen(2048));
        case KeyType::rsa_3072:
            return Key(EVP_RSA_gen(3072));
        case KeyType::rsa_4096:
            return Key(EVP_RSA_gen(4096));
        case KeyType::ed25519:
            return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    }
    return nullptr;
}

}  // namespace

Result<Key> make_key(KeyType type) {
    Key key = generate(type);
    if (!key) return openssl_error("cannot make a private key");
    return key;
}

Result<void> check_made_outside(KeyType type, std::string_view store) {
    if (type == KeyType::ec_p256) return {};
    return Error{Code::invalid_argument, std::string(store) + " makes keys of P-256 only", "leave the type out, or keep the key in a file"};
}

Result<base::Secret> to_pem(EVP_PKEY& key) {
    const Bio bio(BIO_new(BIO_s_mem()));  // Wiped when freed, as every buffer of OpenSSL's is.
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return openssl_error("cannot encode the private key");
    return base::Secret(text_of(*bio));
}

Result<base::Secret> to_encrypted_pem(EVP_PKEY& key, const base::Secret& password) {
    const Pkcs8 plain(EVP_PKEY2PKCS8(&key));
    // PKCS8_set0_pbe owns it once it has succeeded.
    X509_ALGOR* algorithm = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), pbkdf2_rounds, nullptr, salt_bytes, nullptr, NID_hmacWithSHA256);
    if (!plain || algorithm == nullptr) return openssl_error("cannot encode the private key");
    const auto size = static_cast<int>(password.view().size());
    const EncryptedPkcs8 encrypted(PKCS8_set0_pbe(password.c_str(), size, plain.get(), algorithm));
    if (!encrypted) {
        X509_ALGOR_free(algorithm);
        return openssl_error("cannot encrypt the private key");
    }
    const Bio bio(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PKCS8(bio.get(), encrypted.get()) != 1) return openssl_error("cannot encode the private key");
    return base::Secret(text_of(*bio));
}

Result<Key> load_key(const std::filesystem::path& path, const base::Secret* password) {
    if (is_pkcs11_uri(path.native())) return load_by_uri(path.native(), password);
    auto loaded = base::load_secret_file(path);
    if (!loaded) return std::move(loaded).error();
    const base::Secret content(std::move(*loaded));
    auto elsewhere = load_from_token(content.view(), password);
    if (!elsewhere) return std::move(elsewhere).error().in(path.string());
    if (*elsewhere) return elsewhere;
    const Bio bio = memory_bio(content.view());
    PasswordAnswer answer{password};
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &give_password, &answer));
    if (!key && answer.is_asked) return describe_locked(path, answer);
    if (!key) return describe_no_key(path, content.view());
    if (count(content.view(), "PRIVATE KEY-----") > 2)  // one in its BEGIN line, one in its END line
        return Error{Code::corrupt, path.string() + " holds more than one private key", "keep one key in the file"};
    return key;
}

Result<void> create_key(const std::filesystem::path& path, KeyType type, Overwrite overwrite) {
    auto store = open_key_store("file:", nullptr);
    if (!store) return std::move(store).error();
    return (*store)->create(path, type, overwrite);
}

}  // namespace muster::pki

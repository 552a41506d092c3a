// SPDX-License-Identifier: Apache-2.0
// Keys that are made in a PKCS#11 token and never leave it, used by way of OpenSSL.
#include "base/files.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"
#include "pki/key_store.hpp"
#include "pki/pkcs11_uri.hpp"
#include "pki/token_provider.hpp"
#include "support/mint.hpp"
#include "support/soft_token.hpp"
#include "support/temporary_directory.hpp"

#include <muster/key_store.hpp>

#include <catch2/catch.hpp>
#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

namespace muster::pki {
namespace {

using test::SoftToken;

class Made {
public:
    Made() {
        SoftToken::instance();
        REQUIRE(open_key_store(SoftToken::store(), SoftToken::pin()).value()->create(path(), KeyType::ec_p256, Overwrite::refuse));
    }
    [[nodiscard]] std::filesystem::path path() const { return directory_ / "device.key"; }
    [[nodiscard]] Pkcs11Uri uri() const { return **find_reference(*base::load_file(path())); }
    [[nodiscard]] Key key() const { return load_key(path(), &pin).value(); }
    const base::Secret pin{std::string("4711")};

private:
    test::TemporaryDirectory directory_;
};

std::string public_pem(EVP_PKEY& key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    REQUIRE(PEM_write_bio_PUBKEY(bio.get(), &key) == 1);
    return text_of(*bio);
}

std::string hex_of(const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        text += digits;
    }
    return text;
}

TEST_CASE("a key made in a token signs requests and cannot be extracted") {
    const Made made;
    CHECK_THAT(*base::load_file(made.path()), Catch::StartsWith("-----BEGIN PKCS#11 PROVIDER URI-----"));
    CHECK(base::load_secret_file(made.path()));
    const auto csr = create_csr(made.path(), "press-01", SoftToken::pin());
    REQUIRE(csr);
    const Bio bio = memory_bio(*csr);
    const Request request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
    REQUIRE(request);
    CHECK(X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) == 1);
    CHECK(EVP_PKEY_eq(X509_REQ_get0_pubkey(request.get()), made.key().get()) == 1);
    // By the word of another program.
    const auto listed =
        test::run_command("pkcs11-tool --module " + std::string(SoftToken::module) +
                          " --token-label muster --login --pin 4711 --list-objects --type privkey --id " + hex_of(made.uri().id));
    CHECK_THAT(listed.text, Catch::Contains("sensitive, always sensitive, never extractable, local"));
    CHECK_FALSE(to_pem(*made.key()));
    ERR_clear_error();
}

TEST_CASE("an RSA key that another program made in the token signs with both paddings") {
    SoftToken::instance();
    const int bits = GENERATE(2'048, 3'072);
    const test::TemporaryDirectory directory;
    SoftToken::make_rsa_key(directory / "device.key", bits);

    const auto csr = create_csr(directory / "device.key", "press-01", SoftToken::pin());
    REQUIRE(csr);
    const Bio bio = memory_bio(*csr);
    const Request request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
    REQUIRE(request);
    CHECK(X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) == 1);
    CHECK(X509_REQ_get_signature_nid(request.get()) == NID_sha256WithRSAEncryption);

    const base::Secret pin{std::string("4711")};
    const auto key = load_key(directory / "device.key", &pin);
    REQUIRE(key);
    CHECK(EVP_PKEY_get_bits(key->get()) == bits);
    CHECK(EVP_PKEY_eq(X509_REQ_get0_pubkey(request.get()), key->get()) == 1);
    const auto* digest = GENERATE(EVP_sha256(), EVP_sha384(), EVP_sha512());
    const std::string data = "data";
    const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
    const auto with_pss = [&](EVP_PKEY_CTX* context) {
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
    };
    const std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>> signing(EVP_MD_CTX_new());
    EVP_PKEY_CTX* context = nullptr;
    std::vector<unsigned char> signature(512);
    std::size_t size = signature.size();
    REQUIRE(EVP_DigestSignInit(signing.get(), &context, digest, nullptr, key->get()) == 1);
    REQUIRE(with_pss(context));
    REQUIRE(EVP_DigestSign(signing.get(), signature.data(), &size, bytes, data.size()) == 1);
    const std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>> verifying(EVP_MD_CTX_new());
    REQUIRE(EVP_DigestVerifyInit(verifying.get(), &context, digest, nullptr, X509_REQ_get0_pubkey(request.get())) == 1);
    REQUIRE(with_pss(context));
    CHECK(EVP_DigestVerify(verifying.get(), signature.data(), size, bytes, data.size()) == 1);
}

TEST_CASE("libp11's engine finds the same key by the same URI") {
    const Made made;
    auto uri = made.uri();
    const std::string name = to_text(uri).substr(0, to_text(uri).find('?'));
    const auto read =
        test::run_command("PKCS11_MODULE_PATH=" + std::string(SoftToken::module) + " openssl pkey -engine pkcs11 -inform engine -in '" +
                          name + ";pin-value=4711' -pubout 2>/dev/null");
    CHECK_THAT(read.text, Catch::Contains(public_pem(*made.key())));
}

// What Paho and libcurl call.
TEST_CASE("OpenSSL itself loads the reference from its file, and asks for the PIN as for a pass phrase") {
    const Made made;
    REQUIRE(made.key());  // The device has read its identity before it connects.
    const auto loads = [&](const base::Secret& pin) {
        const std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
        PasswordAnswer answer{&pin};
        SSL_CTX_set_default_passwd_cb(context.get(), &give_password);
        SSL_CTX_set_default_passwd_cb_userdata(context.get(), &answer);
        const bool is_loaded = SSL_CTX_use_PrivateKey_file(context.get(), made.path().c_str(), SSL_FILETYPE_PEM) == 1;
        CHECK(answer.is_asked);
        ERR_clear_error();
        return is_loaded && EVP_PKEY_eq(SSL_CTX_get0_privatekey(context.get()), made.key().get()) == 1;
    };
    CHECK(loads(made.pin));
    CHECK_FALSE(loads(base::Secret(std::string("0815"))));
    CHECK_FALSE(loads(base::Secret(std::string(no_password))));
}

TEST_CASE("OpenSSL's own keys stay with its own provider") {
    REQUIRE(load_token_provider());
    REQUIRE(load_token_provider());
    for (const char* name : {"ECDSA", "RSA"}) {
        const std::unique_ptr<EVP_SIGNATURE, Freed<&EVP_SIGNATURE_free>> signature(EVP_SIGNATURE_fetch(nullptr, name, nullptr));
        REQUIRE(signature);
        CHECK(std::string(OSSL_PROVIDER_get0_name(EVP_SIGNATURE_get0_provider(signature.get()))) == "default");
    }
    const auto key = test::mint_key();
    CHECK(std::string(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key.get()))) == "default");
    const test::TemporaryDirectory directory;
    REQUIRE(create_key(directory / "device.key"));
    const auto loaded = load_key(directory / "device.key");
    REQUIRE(loaded);
    CHECK(std::string(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(loaded->get()))) == "default");
    CHECK(load_key(directory / "none").error().code() == Code::not_found);
}

// A library that is none of PKCS#11.
std::string path_of_libssl() {
    Dl_info info{};
    REQUIRE(::dladdr(reinterpret_cast<const void*>(&SSL_CTX_new), &info) != 0);
    return std::filesystem::canonical(info.dli_fname).string();
}

TEST_CASE("a key is opened by its URI, and a file refers to it that holds no PIN") {
    const Made made;
    const std::string uri = to_text(made.uri());
    const test::TemporaryDirectory directory;
    const auto pin_file = directory / "pin";
    REQUIRE(base::store_file(pin_file, "4711\n", base::Access::owner_only, base::Existing::refuse));
    const std::string with_pin = uri + "&pin-source=file:" + pin_file.string();
    const std::string expected = public_pem(*made.key());
    CHECK(public_pem(**load_key(uri, &made.pin)) == expected);
    CHECK(EVP_PKEY_get_bits(made.key().get()) == 256);
    CHECK(EVP_PKEY_get_security_bits(made.key().get()) == 128);
    CHECK(public_pem(**load_key(with_pin)) == expected);
    CHECK(load_key(with_pin, &made.pin).error().code() == Code::invalid_argument);
    CHECK(needs_password(uri).value());
    CHECK_FALSE(needs_password(with_pin).value());
    CHECK(needs_password(uri + "&pin-value=4711").error().code() == Code::invalid_argument);
    const auto reference = refer_to_key(with_pin);
    REQUIRE(reference);
    CHECK(reference->pin_file == pin_file);
    CHECK(to_text(**find_reference(reference->pem)) == uri);
    CHECK(refer_to_key("pkcs11:").error().code() == Code::invalid_argument);
}

TEST_CASE("what is wrong with a token is told apart") {
    const Made made;
    const test::TemporaryDirectory directory;
    const auto refused = [&](const std::string& store, const KeyPassword& pin) {
        CAPTURE(store);
        const auto created = open_key_store(store, pin).value()->create(directory / "device.key", KeyType::ec_p256, Overwrite::refuse);
        REQUIRE_FALSE(created);
        CHECK_FALSE(std::filesystem::exists(directory / "device.key"));
        return created.error().code();
    };
    CHECK(refused(SoftToken::store(), SoftToken::pin("0815")) == Code::denied);
    CHECK(refused(SoftToken::store(), {}) == Code::denied);
    CHECK(refused(SoftToken::store("nobody"), SoftToken::pin()) == Code::not_found);
    CHECK(refused(SoftToken::store("twin"), SoftToken::pin()) == Code::conflict);
    CHECK(refused("pkcs11:token=muster?module-path=/nowhere/module.so", SoftToken::pin()) == Code::not_found);
    CHECK(refused("pkcs11:token=muster?module-path=" + path_of_libssl(), SoftToken::pin()) == Code::invalid_argument);
    CHECK(load_key(made.path()).error().code() == Code::denied);
    CHECK_THAT(load_key(made.path()).error().message(), Catch::Contains("device.key"));
    CHECK(open_key_store(SoftToken::store(), SoftToken::pin())
              .value()
              ->create(made.path(), KeyType::ec_p256, Overwrite::refuse)
              .error()
              .code() == Code::conflict);
}

TEST_CASE("a key is removed from its token, unless another key file refers to it") {
    const Made made;
    const Made other;
    REQUIRE(remove_referred_key(made.path(), made.path(), &made.pin));
    CHECK(load_key(made.path(), &made.pin));
    REQUIRE(remove_referred_key(made.path(), other.path(), &made.pin));
    const auto gone = load_key(made.path(), &made.pin);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code() == Code::not_found);
    CHECK(load_key(other.path(), &made.pin));
    CHECK(remove_referred_key(made.path(), other.path(), &made.pin));
}

}  // namespace
}  // namespace muster::pki

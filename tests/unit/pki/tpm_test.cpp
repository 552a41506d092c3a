// SPDX-License-Identifier: Apache-2.0
// Keys that a TPM 2 makes and only it can use, by way of OpenSSL.
#include "base/files.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"
#include "pki/key_store.hpp"
#include "pki/token_provider.hpp"
#include "support/mint.hpp"
#include "support/soft_token.hpp"
#include "support/soft_tpm.hpp"

#include <muster/key_store.hpp>

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <string>
#include <thread>
#include <vector>

namespace muster::pki {
namespace {

using test::run_command;
using test::SoftTpm;

class Made {
public:
    Made() : Made(KeyPassword{}) {}
    explicit Made(const KeyPassword& password) {
        REQUIRE(open_key_store("tpm2:", password).value()->create(path(), KeyType::ec_p256, Overwrite::refuse));
    }
    [[nodiscard]] std::filesystem::path path() const { return directory_ / "device.key"; }

    SoftTpm tpm;

private:
    test::TemporaryDirectory directory_;
};

base::Secret secret(const char* text) {
    return base::Secret(std::string(text));
}

std::string public_pem(EVP_PKEY& key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    REQUIRE(PEM_write_bio_PUBKEY(bio.get(), &key) == 1);
    return text_of(*bio);
}

TEST_CASE("a key made by a TPM signs requests, and its file is of no use elsewhere") {
    const Made made;
    CHECK_THAT(*base::load_file(made.path()), Catch::StartsWith("-----BEGIN TSS2 PRIVATE KEY-----"));
    struct stat status {};
    REQUIRE(::stat(made.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    const auto csr = create_csr(made.path(), "press-01");
    REQUIRE(csr);
    const Bio bio = memory_bio(*csr);
    const Request request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
    REQUIRE(request);
    CHECK(X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) == 1);
    const auto key = load_key(made.path());
    REQUIRE(key);
    CHECK(EVP_PKEY_eq(X509_REQ_get0_pubkey(request.get()), key->get()) == 1);
    CHECK_FALSE(to_pem(**key));
    ERR_clear_error();

    const SoftTpm another;
    const auto elsewhere = load_key(made.path());
    REQUIRE_FALSE(elsewhere);
    CHECK(elsewhere.error().code() == Code::corrupt);
    CHECK_THAT(elsewhere.error().message(), Catch::Contains("device.key") && Catch::Contains("another TPM made it"));
}

TEST_CASE("tpm2-openssl opens the key from the same file, and the SDK one that tpm2-openssl made") {
    const Made made;
    const std::string openssl = "openssl pkey -provider tpm2 -provider default -propquery '?provider=tpm2' -pubout -in ";
    CHECK(run_command(openssl + made.path().string()).text == public_pem(**load_key(made.path())));

    const test::TemporaryDirectory directory;
    const auto path = directory / "theirs.key";
    REQUIRE(run_command("openssl genpkey -provider tpm2 -provider default -propquery '?provider=tpm2' -algorithm EC -pkeyopt group:P-256 "
                        "-pkeyopt user-auth:secret -out " +
                        path.string())
                .exit == 0);
    CHECK(create_csr(path, "press-01", SoftTpm::password("secret")));
}

// What Paho and libcurl call.
TEST_CASE("OpenSSL itself loads a TPM's key from its file, and asks for its password as for a pass phrase") {
    const Made made(SoftTpm::password("secret"));
    REQUIRE(load_token_provider());
    const auto loads = [&](const base::Secret& password) {
        const std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
        PasswordAnswer answer{&password};
        SSL_CTX_set_default_passwd_cb(context.get(), &give_password);
        SSL_CTX_set_default_passwd_cb_userdata(context.get(), &answer);
        const bool is_loaded = SSL_CTX_use_PrivateKey_file(context.get(), made.path().c_str(), SSL_FILETYPE_PEM) == 1;
        CHECK(answer.is_asked);
        CHECK(is_loaded == (ERR_peek_error() == 0));
        ERR_clear_error();
        return is_loaded;
    };
    CHECK(loads(secret("secret")));
    CHECK_FALSE(loads(secret("wrong")));
    CHECK_FALSE(loads(secret(no_password)));
}

TEST_CASE("a TPM's key stays shut without its password, and the TPM locks after a few wrong ones") {
    const Made made(SoftTpm::password("secret"));
    const auto refused = [&](const base::Secret* password) {
        const auto key = load_key(made.path(), password);
        REQUIRE_FALSE(key);
        CHECK(key.error().code() == Code::denied);
        CHECK(ERR_peek_error() == 0);
        return key.error().message();
    };
    const auto right = secret("secret");
    const auto wrong = secret("battery staple");
    CHECK(load_key(made.path(), &right));
    CHECK_THAT(refused(nullptr), Catch::Contains("device.key") && Catch::Contains("needs its password"));
    CHECK_THAT(refused(&wrong), Catch::Contains("the key password is wrong") && !Catch::Contains("battery"));
    std::string told;
    for (int tries = 0; tries < 5; ++tries) told = refused(&wrong);
    CHECK_THAT(told, Catch::Contains("locked after too many wrong passwords"));
    CHECK_THAT(refused(&right), Catch::Contains("locked after too many wrong passwords"));
    REQUIRE(run_command("tpm2_dictionarylockout --clear-lockout --tcti " + made.tpm.tcti()).exit == 0);
    CHECK(load_key(made.path(), &right));
}

TEST_CASE("a TPM that is gone is told, and its keys are there again when it is") {
    Made made;
    auto key = load_key(made.path());
    REQUIRE(key);
    const std::string data = "data";
    const auto sign = [&] {
        const std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
        std::size_t size = 256;
        std::vector<unsigned char> signature(size);
        const bool is_signed =
            EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key->get()) == 1 &&
            EVP_DigestSign(context.get(), signature.data(), &size, reinterpret_cast<const unsigned char*>(data.data()), data.size()) == 1;
        CHECK(is_signed == (ERR_peek_error() == 0));
        return is_signed;
    };
    CHECK(sign());
    made.tpm.stop();
    CHECK_FALSE(sign());
    CHECK_THAT(openssl_error("no signature").message(), Catch::Contains("no TPM 2 can be reached"));
    const auto gone = load_key(made.path());
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code() == Code::not_found);
    CHECK_THAT(gone.error().hint(), Catch::Contains("/dev/tpmrm0"));
    made.tpm.start();
    CHECK(sign());
}

TEST_CASE("a machine without tpm2-openssl is told what to install") {
    const Made made;
    const test::TemporaryDirectory empty;
    ::setenv("OPENSSL_MODULES", empty.path().c_str(), 1);
    const auto key = load_key(made.path());
    ::unsetenv("OPENSSL_MODULES");
    REQUIRE_FALSE(key);
    CHECK(key.error().code() == Code::not_found);
    CHECK_THAT(key.error().hint(), Catch::Contains("tpm2-openssl"));
    CHECK(load_key(made.path()));
}

TEST_CASE("more keys than a TPM has room for sign from many threads") {
    const Made made;
    std::vector<Key> keys;
    for (int i = 0; i < 8; ++i) keys.push_back(load_key(made.path()).value());
    std::vector<std::thread> threads;
    std::vector<char> is_signed(keys.size(), 0);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        threads.emplace_back([&, i] {
            const Request request(X509_REQ_new());
            X509_REQ_set_pubkey(request.get(), keys[i].get());
            is_signed[i] = X509_REQ_sign(request.get(), keys[i].get(), EVP_sha256()) > 0 ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(is_signed == std::vector<char>(keys.size(), 1));
}

TEST_CASE("an owner with a password is told") {
    const Made made;
    const test::TemporaryDirectory directory;
    REQUIRE(run_command("tpm2_changeauth -c owner owner-secret --tcti " + made.tpm.tcti()).exit == 0);
    CHECK_THAT(load_key(made.path()).error().message(), Catch::Contains("owner hierarchy has a password"));
    const auto next = open_key_store("tpm2:").value()->create(directory / "device.key", KeyType::ec_p256, Overwrite::refuse);
    REQUIRE_FALSE(next);
    CHECK(next.error().code() == Code::denied);
    CHECK_THAT(next.error().message(), Catch::Contains("its owner hierarchy has a password"));
}

TEST_CASE("what is no key of a TPM, and what a TPM does not take, is told") {
    const Made made;
    const test::TemporaryDirectory directory;
    const std::string damaged = "-----BEGIN TSS2 PRIVATE KEY-----\nMIHw\n-----END TSS2 PRIVATE KEY-----\n";
    REQUIRE(base::store_file(directory / "damaged", damaged, base::Access::owner_only, base::Existing::refuse));
    CHECK(load_key(directory / "damaged").error().code() == Code::corrupt);
    CHECK(open_key_store("tpm2:", SoftTpm::password(std::string(33, 'x'))).error().code() == Code::invalid_argument);
    const std::string longest(32, 'x');
    REQUIRE(open_key_store("tpm2:", SoftTpm::password(longest))
                .value()
                ->create(directory / "longest.key", KeyType::ec_p256, Overwrite::refuse));
    CHECK(create_csr(directory / "longest.key", "press-01", SoftTpm::password(longest)));
    CHECK(open_key_store("tpm2:").value()->create(made.path(), KeyType::ec_p256, Overwrite::refuse).error().code() == Code::conflict);
}

TEST_CASE("the next key after a TPM's is its, too") {
    const Made made;
    const test::TemporaryDirectory directory;
    auto store = open_store_of(made.path(), nullptr);
    REQUIRE(store);
    REQUIRE((*store)->create(directory / "next.key", KeyType::ec_p256, Overwrite::refuse));
    CHECK_THAT(*base::load_file(directory / "next.key"), Catch::StartsWith("-----BEGIN TSS2 PRIVATE KEY-----"));
    CHECK(remove_referred_key(made.path(), directory / "next.key", nullptr));
}

}  // namespace
}  // namespace muster::pki

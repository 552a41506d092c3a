// SPDX-License-Identifier: Apache-2.0
// Keys are made in the store that is named, and opened with the password that only their owner has.
#include "pki/key_store.hpp"

#include "base/files.hpp"
#include "pki/key.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <muster/key_store.hpp>

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <string>

namespace muster::pki {
namespace {

KeyPassword answering(const std::string& text) {
    KeyPassword password;
    password.ask = [text]() -> Result<std::string> { return text; };
    return password;
}

Result<void> create_encrypted(const std::filesystem::path& path, const std::string& password) {
    return open_key_store("file:", answering(password)).value()->create(path, KeyType::ec_p256, Overwrite::refuse);
}

Result<Key> load_with(const std::filesystem::path& path, const std::string& text) {
    const base::Secret password{std::string(text)};
    return load_key(path, &password);
}

TEST_CASE("a key file is in the clear without a password, and encrypted with one") {
    const test::TemporaryDirectory directory;
    REQUIRE(open_key_store("file:").value()->create(directory / "plain.key", KeyType::ec_p256, Overwrite::refuse));
    CHECK(load_key(directory / "plain.key"));
    CHECK(load_with(directory / "plain.key", "not needed"));

    const auto path = directory / "device.key";
    REQUIRE(create_encrypted(path, "correct horse"));
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    CHECK_THAT(*base::load_file(path), Catch::StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    CHECK(load_with(path, "correct horse"));
    CHECK(create_csr(path, "press-01", answering("correct horse")));
    CHECK(create_encrypted(path, "another").error().code() == Code::conflict);
}

TEST_CASE("an encrypted key stays shut without its password, and says so") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "device.key";
    REQUIRE(create_encrypted(path, "correct horse"));
    const auto without = load_key(path);
    REQUIRE_FALSE(without);
    CHECK(without.error().code() == Code::denied);
    CHECK_THAT(without.error().message(), Catch::Contains("device.key") && Catch::Contains("no key password is given"));
    const auto wrong = load_with(path, "battery staple");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code() == Code::denied);
    CHECK_THAT(wrong.error().message(), Catch::Contains("device.key") && !Catch::Contains("battery staple"));
    CHECK(create_csr(path, "press-01").error().code() == Code::denied);
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("keys that other programs encrypted are opened, in PKCS#8 and in OpenSSL's old form") {
    const test::TemporaryDirectory directory;
    const auto key = test::mint_key();
    const auto opens = [&](const char* name, auto write) {
        const Bio bio(BIO_new(BIO_s_mem()));
        REQUIRE(write(bio.get()) == 1);
        REQUIRE(base::store_file(directory / name, text_of(*bio), base::Access::owner_only, base::Existing::refuse));
        const auto loaded = load_with(directory / name, "pass");
        return loaded && EVP_PKEY_eq(loaded->get(), key.get()) == 1;
    };
    CHECK(opens("pkcs8.key",
                [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_128_cbc(), "pass", 4, nullptr, nullptr); }));
    CHECK(opens("traditional.key", [&](BIO* bio) {
        return PEM_write_bio_PrivateKey_traditional(bio, key.get(), EVP_aes_128_cbc(), reinterpret_cast<const unsigned char*>("pass"), 4,
                                                    nullptr, nullptr);
    }));
}

TEST_CASE("a key password is the first line of a file that only its owner can read") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "device.key";
    KeyPassword password;
    password.file = directory / "password";
    CHECK(open_key_store("file:", password).error().code() == Code::not_found);
    REQUIRE(base::store_file(password.file, "correct horse\nnot this\n", base::Access::owner_only, base::Existing::refuse));
    REQUIRE(open_key_store("file:", password).value()->create(path, KeyType::ec_p256, Overwrite::refuse));
    CHECK(load_with(path, "correct horse"));
    CHECK(create_csr(path, "press-01", password));
    REQUIRE(::chmod(password.file.c_str(), 0640) == 0);
    CHECK(create_csr(path, "press-01", password).error().code() == Code::unsafe_file);
}

TEST_CASE("a key password that cannot be one is refused") {
    CHECK(open_key_store("file:", answering("")).error().code() == Code::invalid_argument);
    CHECK(open_key_store("file:", answering(std::string(1'024, 'x'))).error().code() == Code::invalid_argument);
    CHECK(open_key_store("file:", answering(std::string(1'023, 'x'))));
    KeyPassword refusing;
    refusing.ask = []() -> Result<std::string> { return Error{Code::stopped, "nobody is there"}; };
    CHECK(open_key_store("file:", refusing).error().code() == Code::stopped);
}

TEST_CASE("a key store that does not exist is refused by its name") {
    for (const char* name : {"", "file", "file:elsewhere", "FILE:", "vault:\n", "tpm2"}) {
        const auto store = open_key_store(name);
        REQUIRE_FALSE(store);
        CHECK(store.error().code() == Code::invalid_argument);
        CHECK(store.error().message().find('\n') == std::string::npos);
    }
}

}  // namespace
}  // namespace muster::pki

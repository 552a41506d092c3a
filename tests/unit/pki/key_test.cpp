// SPDX-License-Identifier: Apache-2.0
// Private keys are made safely, and every way a key file can be wrong is told apart.
#include "pki/key.hpp"

#include "base/files.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <string>

namespace muster::pki {
namespace {

using base::Access;
using base::Existing;

Result<Key> load_from(const std::string& content) {
    const test::TemporaryDirectory directory;
    REQUIRE(base::store_file(directory / "device.key", content, Access::owner_only, Existing::refuse));
    return load_key(directory / "device.key");
}

std::string public_pem(const test::KeyHandle& key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(bio.get(), key.get());
    return text_of(*bio);
}

TEST_CASE("a created key is P-256, PKCS#8 PEM, of mode 0600, and loads again") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "device.key";
    const mode_t before = ::umask(0);
    const auto created = create_key(path);
    ::umask(before);
    REQUIRE(created);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    CHECK_THAT(*base::load_file(path), Catch::StartsWith("-----BEGIN PRIVATE KEY-----"));
    const auto key = load_key(path);
    REQUIRE(key);
    char group[32] = {};
    REQUIRE(EVP_PKEY_get_group_name(key->get(), group, sizeof group, nullptr) == 1);
    CHECK(std::string(group) == "prime256v1");
}

TEST_CASE("an existing key is kept unless its replacement is asked for") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "device.key";
    REQUIRE(create_key(path));
    const std::string first = *base::load_file(path);
    const auto refused = create_key(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::conflict);
    CHECK(*base::load_file(path) == first);
    REQUIRE(create_key(path, KeyType::ec_p256, Overwrite::replace));
    CHECK(*base::load_file(path) != first);
}

TEST_CASE("a file that is no usable key says what it is instead") {
    const auto key = test::mint_key();
    const std::string pem = test::pem_of(key);
    const std::string certificate = test::pem_of(test::mint({}).certificate);
    std::string random_bytes;
    for (int i = 0; i < 4'096; ++i) random_bytes += static_cast<char>((i * 7919 + 13) % 251);
    const std::pair<std::string, const char*> rows[] = {
        {"", "is empty"},
        {random_bytes, "no PEM private key"},
        {"hello\n", "no PEM private key"},
        {certificate, "holds a certificate"},
        {public_pem(key), "holds a public key"},
        {test::der_of(key), "in DER form"},
        {pem.substr(0, pem.size() / 2), "damaged private key"},
        {pem.substr(0, 60) + "!!!!" + pem.substr(64), "damaged private key"},
        {pem + test::pem_of(test::mint_key()), "more than one private key"},
    };
    for (const auto& [content, what] : rows) {
        CAPTURE(what);
        const auto loaded = load_from(content);
        REQUIRE_FALSE(loaded);
        CHECK(loaded.error().code() == Code::corrupt);
        CHECK_THAT(loaded.error().message(), Catch::Contains(what) && Catch::Contains("device.key"));
        CHECK(ERR_peek_error() == 0);
    }
}

TEST_CASE("a good key in an unusual wrapping is accepted") {
    const auto key = test::mint_key();
    const std::string pem = test::pem_of(key);
    std::string crlf;
    for (const char c : pem) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    for (const std::string& content : {crlf, "\xEF\xBB\xBF" + pem, "a comment\n" + pem, test::pem_of(test::mint({}).certificate) + pem}) {
        const auto loaded = load_from(content);
        REQUIRE(loaded);
        CHECK(EVP_PKEY_eq(loaded->get(), key.get()) == 1);
    }
    for (const char* type : {"RSA", "ED25519"}) CHECK(load_from(test::pem_of(test::mint_key(type))));
}

TEST_CASE("a key that others can read is refused, and one that is missing is not found") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "device.key";
    CHECK(load_key(path).error().code() == Code::not_found);
    REQUIRE(create_key(path));
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    const auto loaded = load_key(path);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code() == Code::unsafe_file);
    CHECK(loaded.error().hint() == "chmod 600 " + path.string());
}

}  // namespace
}  // namespace muster::pki

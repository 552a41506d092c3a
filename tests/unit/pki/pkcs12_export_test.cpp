// SPDX-License-Identifier: Apache-2.0
// An identity leaves its directory as PKCS#12 only whole, and under a password.
#include "base/files.hpp"
#include "pki/openssl.hpp"
#include "support/temporary_directory.hpp"

#include <muster/pki.hpp>

#include <catch2/catch.hpp>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <sys/stat.h>

#include <string>

namespace muster::pki {
namespace {

struct FreePkcs12 {
    void operator()(PKCS12* container) const { PKCS12_free(container); }
};

void put(const std::filesystem::path& path, const std::string& content) {
    REQUIRE(base::store_file(path, content, base::Access::owner_only, base::Existing::replace));
}

/// An identity directory with a self-signed certificate, and a password file.
class Identity {
public:
    Identity() : files(IdentityFiles::in(directory_.path())), password(directory_ / "password") {
        REQUIRE(create_key(files.key));
        put(password, "open sesame\n");
    }
    [[nodiscard]] std::filesystem::path out() const { return directory_ / "device.p12"; }

    void certify(const std::filesystem::path& key_file);

private:
    test::TemporaryDirectory directory_;

public:
    IdentityFiles files;
    std::filesystem::path password;
};

Key read_key(const std::filesystem::path& file) {
    const auto pem = base::load_file(file);
    REQUIRE(pem);
    Key key(PEM_read_bio_PrivateKey(memory_bio(*pem).get(), nullptr, nullptr, nullptr));
    REQUIRE(key);
    return key;
}

void Identity::certify(const std::filesystem::path& key_file) {
    const Key key = read_key(key_file);
    const Certificate certificate(X509_new());
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 60);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("d-1"),
                               -1, -1, 0);
    X509_set_pubkey(certificate.get(), key.get());
    REQUIRE(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
    put(files.chain, to_pem(*certificate) + to_pem(*certificate));
}

TEST_CASE("an identity comes out of its PKCS#12 file as it went in") {
    Identity identity;
    identity.certify(identity.files.key);
    REQUIRE(store_pkcs12(identity.out(), identity.files, {identity.password, {}}));
    struct stat status {};
    REQUIRE(::stat(identity.out().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);

    const auto content = base::load_file(identity.out());
    const std::unique_ptr<PKCS12, FreePkcs12> container(d2i_PKCS12_bio(memory_bio(*content).get(), nullptr));
    REQUIRE(container);
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    CHECK(PKCS12_parse(container.get(), "wrong", &key, &certificate, nullptr) == 0);
    REQUIRE(PKCS12_parse(container.get(), "open sesame", &key, &certificate, nullptr) == 1);
    CHECK(EVP_PKEY_eq(key, read_key(identity.files.key).get()) == 1);
    CHECK(common_name_of(*certificate) == "d-1");
    EVP_PKEY_free(key);
    X509_free(certificate);
}

TEST_CASE("without a password, a chain or a key that fits, nothing is exported") {
    Identity identity;
    CHECK(store_pkcs12(identity.out(), identity.files, {identity.password, {}}).error().code() == Code::not_found);
    identity.certify(identity.files.key);
    CHECK(store_pkcs12(identity.out(), identity.files, {}).error().code() == Code::invalid_argument);
    const auto other = identity.files.key.parent_path() / "other.key";
    REQUIRE(create_key(other));
    identity.certify(other);
    CHECK(store_pkcs12(identity.out(), identity.files, {identity.password, {}}).error().code() == Code::conflict);
    CHECK_FALSE(std::filesystem::exists(identity.out()));
}

TEST_CASE("a file's checksum is what sha256sum says") {
    const test::TemporaryDirectory directory;
    put(directory / "abc", "abc");
    CHECK(*sha256_of_file(directory / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    put(directory / "large", std::string(3'000'000, 'a'));
    CHECK(*sha256_of_file(directory / "large") == "2a152c894398719c0570f83fac34ac03a0f6e8e474b995c2403aa5434f7b9dd4");
    CHECK(sha256_of_file(directory / "none").error().code() == Code::not_found);
    CHECK_FALSE(sha256_of_file(directory.path()).ok());
}

}  // namespace
}  // namespace muster::pki

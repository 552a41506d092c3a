// SPDX-License-Identifier: Apache-2.0
// An identity directory is safe from the start, and a crash in between leaves a usable or an obviously missing identity.
#include "enroll/credential_store.hpp"

#include "base/files.hpp"
#include "pki/identity_check.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <muster/pki.hpp>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <string>

namespace muster::est {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
}

Chain chain_for(EVP_PKEY& key, const test::Minted& issuer) {
    EVP_PKEY_up_ref(&key);
    const auto leaf = test::mint({}, &issuer, test::KeyHandle(&key, &EVP_PKEY_free)).certificate;
    Chain chain;
    for (const auto& certificate : {leaf, issuer.certificate}) {
        X509_up_ref(certificate.get());
        chain.emplace_back(certificate.get());
    }
    return chain;
}

TEST_CASE("the first key is made in a private directory, and used again afterwards") {
    const test::TemporaryDirectory directory;
    const auto identity = directory / "a" / "identity";
    const mode_t before = ::umask(0);
    const auto first = open_or_make_key(identity);
    ::umask(before);
    REQUIRE(first);
    CHECK(mode_of(identity) == 0700U);
    CHECK(mode_of(identity / "device.key") == 0600U);
    const auto second = open_or_make_key(identity);
    REQUIRE(second);
    CHECK(EVP_PKEY_eq(first->get(), second->get()) == 1);
}

TEST_CASE("an existing key that is not safe or not a key is refused, and not replaced") {
    const test::TemporaryDirectory directory;
    REQUIRE(open_or_make_key(directory.path()));
    const auto path = directory / "device.key";
    const std::string content = *base::load_file(path);
    REQUIRE(::chmod(path.c_str(), 0644) == 0);
    CHECK(open_or_make_key(directory.path()).error().code() == Code::unsafe_file);
    CHECK(*base::load_file(path) == content);
    REQUIRE(base::store_file(path, "my notes", base::Access::owner_only, base::Existing::replace));
    CHECK(open_or_make_key(directory.path()).error().code() == Code::corrupt);
    CHECK(*base::load_file(path) == "my notes");
    REQUIRE(::chmod(directory.path().c_str(), 0777) == 0);
    CHECK(open_or_make_key(directory.path()).error().code() == Code::unsafe_file);
}

TEST_CASE("a stored credential is a complete identity") {
    const test::TemporaryDirectory directory;
    const auto key = open_or_make_key(directory.path());
    REQUIRE(key);
    const auto issuer = test::mint_ca("issuing");
    REQUIRE(store_credential(directory.path(), chain_for(**key, issuer), "anchors\n"));
    const auto files = IdentityFiles::in(directory.path());
    const auto checked = pki::check_identity(files, std::chrono::system_clock::now());
    REQUIRE(checked);
    CHECK(checked->client_id == "press-01");
    CHECK(*base::load_file(files.trust_anchors) == "anchors\n");
    CHECK(pki::load_certificates(files.certificate)->size() == 1);
    const auto chain = pki::load_certificates(files.chain);
    REQUIRE(chain);
    REQUIRE(chain->size() == 2);
    CHECK(chain->front().pem == pki::load_certificates(files.certificate)->front().pem);
    CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 4);
}

TEST_CASE("wherever storing stops, the old identity is usable or the device is not enrolled") {
    const auto issuer = test::mint_ca("issuing");
    for (const bool was_enrolled : {false, true}) {
        // A directory cannot be replaced by a file, so that storing ends there, as it would in a crash. chain.pem is the last file.
        for (const char* obstacle : {"ca.pem", "device.crt"}) {
            CAPTURE(was_enrolled, obstacle);
            const test::TemporaryDirectory directory;
            const auto files = IdentityFiles::in(directory.path());
            const auto key = open_or_make_key(directory.path());
            REQUIRE(key);
            if (was_enrolled) REQUIRE(store_credential(directory.path(), chain_for(**key, issuer), "anchors\n"));
            const auto kept = base::load_file(files.chain);
            fs::remove(directory / obstacle);
            fs::create_directory(directory / obstacle);
            REQUIRE_FALSE(store_credential(directory.path(), chain_for(**key, issuer), "new anchors\n"));
            const auto checked = pki::check_identity(files, std::chrono::system_clock::now());
            CHECK(checked.ok() == was_enrolled);
            if (was_enrolled) {
                CHECK(*base::load_file(files.chain) == *kept);
            } else {
                CHECK(checked.error().code() == Code::not_found);
            }
        }
    }
}

}  // namespace
}  // namespace muster::est

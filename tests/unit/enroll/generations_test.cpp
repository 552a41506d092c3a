// SPDX-License-Identifier: Apache-2.0
// A new credential is written beside the old one, and takes its place only when it is told to.
#include "enroll/generations.hpp"

#include "base/files.hpp"
#include "base/links.hpp"
#include "enroll/credential_store.hpp"
#include "pki/identity_check.hpp"
#include "pki/key.hpp"
#include "support/issued_chain.hpp"
#include "support/temporary_directory.hpp"

#include <muster/pki.hpp>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <chrono>
#include <string>

namespace muster::est {
namespace {

namespace fs = std::filesystem;

// With plain files, as enrollment leaves it.
class Enrolled {
public:
    Enrolled() {
        const auto key = open_or_make_key(path());
        REQUIRE(key);
        REQUIRE(store_credential(path(), test::chain_for(**key), "old anchors\n"));
    }
    [[nodiscard]] const fs::path& path() const { return directory_.path(); }
    [[nodiscard]] fs::path operator/(const char* name) const { return directory_ / name; }
    [[nodiscard]] std::string serial() const { return pki::load_certificates(IdentityFiles::in(path()).chain)->front().serial_hex; }
    [[nodiscard]] std::string key() const { return *base::load_secret_file(IdentityFiles::in(path()).key); }
    [[nodiscard]] bool is_whole() const {
        return pki::check_identity(IdentityFiles::in(path()), std::chrono::system_clock::now()).ok() &&
               pki::check_identity(files_in_use(path()), std::chrono::system_clock::now()).ok();
    }

private:
    test::TemporaryDirectory directory_;
};

Generation completed(Generations& generations, NextKey next_key = NextKey::renewed) {
    const auto key = generations.prepare(next_key);
    REQUIRE(key);
    const auto generation = generations.complete(test::chain_for(**key), "new anchors\n");
    REQUIRE(generation);
    return *generation;
}

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
}

TEST_CASE("the plain files of an enrollment are the files in use") {
    const Enrolled identity;
    CHECK(files_in_use(identity.path()).chain == identity / "chain.pem");
    CHECK_FALSE(Generations(identity.path()).current());
    CHECK_FALSE(Generations(identity.path()).candidate());
}

TEST_CASE("a candidate changes nothing of the identity in use until it is promoted") {
    const Enrolled identity;
    const std::string serial = identity.serial();
    const std::string key = identity.key();
    Generations generations(identity.path());
    const Generation candidate = completed(generations);
    CHECK(generations.candidate() == candidate);
    CHECK(identity.serial() == serial);
    CHECK(identity.key() == key);
    CHECK(identity.is_whole());

    REQUIRE(generations.promote(candidate));
    CHECK(generations.current() == candidate);
    CHECK_FALSE(generations.candidate());
    CHECK(identity.serial() != serial);
    CHECK(identity.key() != key);
    CHECK(identity.is_whole());
    CHECK(*base::load_file(identity / "ca.pem") == "new anchors\n");
    CHECK(mode_of(identity / "generations") == 0700U);
    CHECK(mode_of(files_in_use(identity.path()).key) == 0600U);
}

TEST_CASE("a discarded candidate leaves the old identity, and no key behind") {
    const Enrolled identity;
    const std::string serial = identity.serial();
    Generations generations(identity.path());
    const Generation candidate = completed(generations);
    generations.discard(candidate);
    CHECK_FALSE(generations.candidate());
    CHECK(identity.serial() == serial);
    CHECK(identity.is_whole());
    CHECK_FALSE(fs::exists(generations.files_of(candidate).key));
    generations.discard(*generations.current());
    CHECK(identity.is_whole());
}

TEST_CASE("the key of a renewal that got no answer yet is used again") {
    const Enrolled identity;
    const auto first = Generations(identity.path()).prepare(NextKey::renewed);
    const auto second = Generations(identity.path()).prepare(NextKey::renewed);
    REQUIRE((first && second));
    CHECK(EVP_PKEY_eq(first->get(), second->get()) == 1);
    const auto kept = Generations(identity.path()).prepare(NextKey::kept);
    REQUIRE(kept);
    CHECK(EVP_PKEY_eq(kept->get(), pki::load_key(identity / "device.key")->get()) == 1);
    const auto renewed = Generations(identity.path()).prepare(NextKey::renewed);
    REQUIRE(renewed);
    CHECK(EVP_PKEY_eq(kept->get(), renewed->get()) == 0);
}

TEST_CASE("a key may be kept over a renewal") {
    const Enrolled identity;
    const std::string key = identity.key();
    Generations generations(identity.path());
    REQUIRE(generations.promote(completed(generations, NextKey::kept)));
    CHECK(identity.key() == key);
    CHECK(identity.is_whole());
}

TEST_CASE("what is enrolled again with a password becomes a generation, too") {
    const Enrolled identity;
    Generations generations(identity.path());
    REQUIRE(generations.promote(completed(generations)));
    const std::string serial = identity.serial();
    const auto key = open_or_make_key(identity.path());
    REQUIRE(key);
    REQUIRE(store_credential(identity.path(), test::chain_for(**key), "newest anchors\n"));
    CHECK(identity.serial() != serial);
    CHECK(identity.is_whole());
    CHECK(base::read_link(identity / "device.crt") == fs::path("current/device.crt"));
}

TEST_CASE("files that somebody puts in the place of the links count") {
    const Enrolled identity;
    Generations generations(identity.path());
    REQUIRE(generations.promote(completed(generations)));
    const auto key = pki::load_key(identity / "device.key");
    const Chain chain = test::chain_for(**key);
    const std::string pem = pki::to_pem(*chain.front());
    for (const char* name : {"device.crt", "chain.pem"})
        REQUIRE(base::store_file(identity / name, pem, base::Access::everyone_reads, base::Existing::replace));
    CHECK(files_in_use(identity.path()).chain == identity / "chain.pem");
    REQUIRE(generations.prepare(NextKey::renewed));
    CHECK(identity.serial() == pki::serial_of(*chain.front()));
    CHECK(base::read_link(identity / "chain.pem") == fs::path("current/chain.pem"));
    CHECK(identity.is_whole());
}

TEST_CASE("without an identity there is nothing to renew") {
    const test::TemporaryDirectory directory;
    CHECK(Generations(directory.path()).prepare(NextKey::renewed).error().code() == Code::not_found);
    CHECK(Generations(directory / "none").prepare(NextKey::renewed).error().code() == Code::not_found);
}

TEST_CASE("a link that leads elsewhere than to a generation is not followed") {
    for (const char* target : {"elsewhere/1", "generations/../../etc", "generations/0", "generations/01", "generations/x", "/etc"}) {
        CAPTURE(target);
        const Enrolled identity;
        REQUIRE(base::replace_link(identity / "current", target));
        CHECK_FALSE(Generations(identity.path()).current());
        CHECK(files_in_use(identity.path()).key == identity / "device.key");
    }
}

}  // namespace
}  // namespace muster::est

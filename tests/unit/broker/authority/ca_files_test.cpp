// SPDX-License-Identifier: Apache-2.0
#include "authority/ca_files.hpp"

#include "base/files.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <thread>

using namespace muster;
using namespace muster::testbroker::authority;

namespace {

const base::WallTime now(std::chrono::seconds(1'767'225'600));
const CaPlan root_plan{{{NID_commonName, "muster test root CA"}}, 1, std::chrono::hours(24 * 365), nullptr};

Issuer ensure_root(const std::filesystem::path& directory, const std::string& name = "root") {
    auto root = ensure_ca(directory, name, root_plan, now);
    REQUIRE(root.ok());
    return std::move(root).value();
}

Error refusal_of(const std::filesystem::path& directory, base::WallTime at = now) {
    auto root = ensure_ca(directory, "root", root_plan, at);
    REQUIRE(!root.ok());
    CHECK(ERR_peek_error() == 0);
    return std::move(root).error();
}

void overwrite(const std::filesystem::path& path, const std::string& content, base::Access access) {
    REQUIRE(base::store_file(path, content, access, base::Existing::replace).ok());
}

}  // namespace

TEST_CASE("a CA is made once and loaded afterwards") {
    const test::TemporaryDirectory directory;
    const auto first = ensure_root(directory.path());
    const auto second = ensure_root(directory.path());
    CHECK(first.sha256 == second.sha256);
    CHECK(first.pem == second.pem);
    CHECK(first.pem == base::load_file(directory / "root.pem").value());
    CHECK(base::load_secret_file(directory / "root.key").ok());  // Refuses any mode but 0600.
    CHECK(first.not_after == now + root_plan.lifetime);
}

TEST_CASE("a CA never outlives its signer") {
    const test::TemporaryDirectory directory;
    const auto root = ensure_root(directory.path());
    const CaPlan plan{{{NID_commonName, "issuing"}}, 0, std::chrono::hours(24 * 365 * 10), &root};
    const auto issuing = ensure_ca(directory.path(), "acme", plan, now);
    REQUIRE(issuing.ok());
    CHECK(issuing->not_after == root.not_after);
    CHECK(X509_verify(issuing->certificate.get(), root.key.get()) == 1);
}

TEST_CASE("a CA that was left half made, with its key alone, is completed") {
    const test::TemporaryDirectory directory;
    const auto key = ensure_key(directory / "root.key");
    REQUIRE(key.ok());
    const auto root = ensure_root(directory.path());
    CHECK(EVP_PKEY_eq(root.key.get(), key->get()) == 1);
}

TEST_CASE("a CA certificate without its key is refused, and no new key is made") {
    const test::TemporaryDirectory directory;
    ensure_root(directory.path());
    std::filesystem::remove(directory / "root.key");
    const auto error = refusal_of(directory.path());
    CHECK(error.code() == Code::not_found);
    CHECK(error.message().find("root.key") != std::string::npos);
    CHECK(!std::filesystem::exists(directory / "root.key"));
}

TEST_CASE("a CA key that others can read is refused") {
    const test::TemporaryDirectory directory;
    ensure_root(directory.path());
    std::filesystem::permissions(directory / "root.key", std::filesystem::perms::others_read, std::filesystem::perm_options::add);
    CHECK(refusal_of(directory.path()).code() == Code::unsafe_file);
}

TEST_CASE("damaged CA files are refused, by name") {
    const test::TemporaryDirectory directory;
    ensure_root(directory.path());
    for (const std::string content : {"", "random bytes", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
        overwrite(directory / "root.pem", content, base::Access::everyone_reads);
        const auto error = refusal_of(directory.path());
        CHECK(error.code() == Code::corrupt);
        CHECK(error.message().find("root.pem") != std::string::npos);
    }
}

TEST_CASE("a damaged CA key is refused, by name") {
    const test::TemporaryDirectory directory;
    ensure_root(directory.path());
    overwrite(directory / "root.key", "not a key", base::Access::owner_only);
    const auto error = refusal_of(directory.path());
    CHECK(error.code() == Code::corrupt);
    CHECK(error.message().find("root.key") != std::string::npos);
}

TEST_CASE("another CA's key is refused") {
    const test::TemporaryDirectory directory;
    ensure_root(directory.path());
    overwrite(directory / "root.key", test::pem_of(test::mint_key()), base::Access::owner_only);
    CHECK(refusal_of(directory.path()).message().find("do not belong together") != std::string::npos);
}

TEST_CASE("an issuing CA of another root is refused") {
    const test::TemporaryDirectory directory;
    const auto root = ensure_root(directory.path());
    const auto other = ensure_root(directory.path(), "other");
    const CaPlan plan{{{NID_commonName, "issuing"}}, 0, std::chrono::hours(24), &other};
    REQUIRE(ensure_ca(directory.path(), "acme", plan, now).ok());
    const auto loaded = load_ca(directory.path(), "acme", &root, now);
    REQUIRE(!loaded.ok());
    CHECK(loaded.error().code() == Code::corrupt);
    CHECK(loaded.error().message().find("not signed by this state directory's root") != std::string::npos);
}

TEST_CASE("an expired CA is refused") {
    const test::TemporaryDirectory directory;
    const auto root = ensure_root(directory.path());
    CHECK(refusal_of(directory.path(), root.not_after).code() == Code::expired);
}

TEST_CASE("two who make a CA at once have the same one") {
    const test::TemporaryDirectory directory;
    std::string first;
    std::thread other([&] { first = ensure_ca(directory.path(), "root", root_plan, now)->sha256; });
    const std::string second = ensure_ca(directory.path(), "root", root_plan, now)->sha256;
    other.join();
    CHECK(first == second);
}

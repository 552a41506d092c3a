// SPDX-License-Identifier: Apache-2.0
#include "authority/provisioning.hpp"

#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace muster;
using namespace muster::testbroker;

namespace {

struct Provisioned {
    Provisioned() { reopen(); }
    void reopen() {
        authority.reset();
        registry.reset();
        registry = registry::Registry::open(directory.path(), clock).value();
        authority = authority::Authority::open(directory.path(), clock).value();
    }
    Result<TenantInfo> create(const std::string& name) { return authority::create_tenant(*authority, *registry, name, Isolation::device); }

    test::TemporaryDirectory directory;
    test::ManualClock clock;
    std::unique_ptr<registry::Registry> registry;
    std::unique_ptr<authority::Authority> authority;
};

}  // namespace

TEST_CASE("a new tenant has an issuing CA, in the registry as well") {
    Provisioned provisioned;
    const auto tenant = provisioned.create("acme");
    REQUIRE(tenant.ok());
    CHECK(tenant->name == "acme");
    CHECK(tenant->issuing_ca_sha256.size() == 64);
    CHECK(provisioned.registry->directory().tenant_of_issuer(tenant->issuing_ca_sha256)->name == "acme");
    CHECK(provisioned.authority->bundle_issuer("acme").ok());
    CHECK(provisioned.create("acme").error().code() == Code::conflict);
}

TEST_CASE("a bad name leaves no file behind") {
    Provisioned provisioned;
    for (const std::string name : {"../evil", "root", "broker", "A"})
        CHECK(provisioned.create(name).error().code() == Code::invalid_argument);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(provisioned.directory / "ca")) files += entry.exists() ? 1U : 0U;
    CHECK(files == 2);  // The root's.
}

TEST_CASE("tenants are there again after a restart") {
    Provisioned provisioned;
    REQUIRE(provisioned.create("acme").ok());
    provisioned.reopen();
    CHECK(!provisioned.authority->bundle_issuer("acme").ok());
    REQUIRE(authority::load_issuers(*provisioned.authority, *provisioned.registry).ok());
    CHECK(provisioned.authority->bundle_issuer("acme").ok());
}

TEST_CASE("a tenant whose CA was made before the broker died is created with that CA") {
    Provisioned provisioned;
    const auto issuer = provisioned.authority->ensure_issuer("acme");
    REQUIRE(issuer.ok());
    provisioned.reopen();
    CHECK(provisioned.create("acme")->issuing_ca_sha256 == issuer->sha256);
}

TEST_CASE("a tenant whose CA is gone is named when the broker starts") {
    Provisioned provisioned;
    REQUIRE(provisioned.create("acme").ok());
    provisioned.reopen();
    std::filesystem::remove(provisioned.directory / "ca/acme.pem");
    const auto loaded = authority::load_issuers(*provisioned.authority, *provisioned.registry);
    REQUIRE(!loaded.ok());
    CHECK(loaded.error().message().rfind("load tenant acme: ", 0) == 0);
}

TEST_CASE("of two who create one tenant at once, one does, and its CA is the registry's") {
    Provisioned provisioned;
    std::atomic<int> created{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) threads.emplace_back([&] { created += provisioned.create("acme").ok() ? 1 : 0; });
    for (auto& thread : threads) thread.join();
    CHECK(created == 1);
    provisioned.reopen();
    CHECK(authority::load_issuers(*provisioned.authority, *provisioned.registry).ok());
}

TEST_CASE("who takes a deleted tenant's name gets another CA, also when the broker died half way") {
    Provisioned provisioned;
    const auto first = provisioned.create("acme");
    REQUIRE(first.ok());
    REQUIRE(authority::delete_tenant(*provisioned.authority, *provisioned.registry, "acme").ok());
    CHECK(!provisioned.authority->bundle_issuer("acme").ok());
    CHECK(!std::filesystem::exists(provisioned.directory / "ca" / "acme.key"));
    const auto second = provisioned.create("acme");
    REQUIRE(second.ok());
    CHECK(second->issuing_ca_sha256 != first->issuing_ca_sha256);
    // Deleted in the registry, and then the broker died: the files are left.
    REQUIRE(provisioned.registry->delete_tenant("acme").ok());
    provisioned.reopen();
    CHECK(std::filesystem::exists(provisioned.directory / "ca" / "acme.key"));
    const auto third = provisioned.create("acme");
    REQUIRE(third.ok());
    CHECK(third->issuing_ca_sha256 != second->issuing_ca_sha256);
    CHECK(authority::delete_tenant(*provisioned.authority, *provisioned.registry, "nobody").error().code() == Code::not_found);
}

// SPDX-License-Identifier: Apache-2.0
#include "opened_registry.hpp"

using namespace muster;
using namespace muster::testbroker;

TEST_CASE("tenants are listed by name with their number of devices") {
    test::OpenedRegistry opened;
    opened.add_tenant("zeta");
    opened.add_tenant("acme", Isolation::flat);
    opened.register_device("acme", "press-01");
    opened.register_device("acme", "press-02");
    const auto tenants = opened.registry->list_tenants();
    REQUIRE(tenants.ok());
    REQUIRE(tenants->size() == 2);
    CHECK(tenants->at(0).name == "acme");
    CHECK(tenants->at(0).isolation == Isolation::flat);
    CHECK(tenants->at(0).devices == 2);
    CHECK(tenants->at(0).issuing_ca_sha256 == "sha256 of acme");
    CHECK(tenants->at(1).name == "zeta");
    CHECK(tenants->at(1).isolation == Isolation::device);
    CHECK(tenants->at(1).devices == 0);
}

TEST_CASE("a tenant's name is taken once") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto again = opened.registry->add_tenant("acme", Isolation::flat, "other", "other");
    REQUIRE(!again.ok());
    CHECK(again.error().code() == Code::conflict);
    CHECK(opened.registry->find_tenant("acme").value()->isolation == Isolation::device);
}

TEST_CASE("two tenants never share an issuing CA") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    CHECK(!opened.registry->add_tenant("other", Isolation::device, "pem", "sha256 of acme").ok());
}

TEST_CASE("a tenant with a bad name is not added") {
    test::OpenedRegistry opened;
    const auto added = opened.registry->add_tenant("../acme", Isolation::device, "pem", "sha");
    REQUIRE(!added.ok());
    CHECK(added.error().code() == Code::invalid_argument);
    CHECK(opened.registry->tenants()->empty());
}

TEST_CASE("a tenant is found by its name and by its issuing CA, exactly") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    CHECK(opened.registry->find_tenant("acme").value()->issuing_ca_pem == "pem of acme");
    CHECK(opened.registry->find_tenant_by_issuer("sha256 of acme").value()->name == "acme");
    for (const std::string_view other : {std::string_view("ACME"), std::string_view(""), std::string_view("acme\0", 5)})
        CHECK(!opened.registry->find_tenant(other).value().has_value());
    CHECK(!opened.registry->find_tenant_by_issuer("sha256 of").value().has_value());
}

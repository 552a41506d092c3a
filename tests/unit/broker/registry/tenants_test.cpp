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
    CHECK(opened.registry->directory().tenant_of_issuer("sha256 of acme")->name == "acme");
    for (const std::string_view other : {std::string_view("ACME"), std::string_view(""), std::string_view("acme\0", 5)})
        CHECK(!opened.registry->find_tenant(other).value().has_value());
    CHECK(!opened.registry->directory().tenant_of_issuer("sha256 of").has_value());
}

TEST_CASE("a tenant's options are kept, changed and known to admission") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::device, {true, false});
    CHECK(opened.registry->directory().tenant_named("acme")->options.device_passwords);
    CHECK(!opened.registry->directory().anonymous_tenant());
    opened.reopen();
    CHECK(opened.registry->list_tenants()->at(0).options.device_passwords);
    CHECK(opened.registry->directory().tenant_named("acme")->options.device_passwords);
    const auto changed = opened.registry->set_tenant_options("acme", {});
    REQUIRE(changed.ok());
    CHECK(!changed->options.device_passwords);
    CHECK(!opened.registry->directory().tenant_of_issuer("sha256 of acme")->options.device_passwords);
    CHECK(opened.registry->set_tenant_options("nobody", {}).error().code() == Code::not_found);
}

TEST_CASE("only a flat tenant takes anonymous clients, and only one does") {
    test::OpenedRegistry opened;
    CHECK(opened.registry->add_tenant("acme", Isolation::device, "pem", "sha", {false, true}).error().code() == Code::invalid_argument);
    opened.add_tenant("acme");
    CHECK(opened.registry->set_tenant_options("acme", {false, true}).error().code() == Code::invalid_argument);
    opened.add_tenant("lab", Isolation::flat, {false, true});
    CHECK(opened.registry->directory().anonymous_tenant()->name == "lab");
    CHECK(opened.registry->add_tenant("lab-2", Isolation::flat, "pem 2", "sha 2", {false, true}).error().code() == Code::conflict);
    opened.add_tenant("lab-3", Isolation::flat);
    CHECK(opened.registry->set_tenant_options("lab-3", {false, true}).error().code() == Code::conflict);
    opened.reopen();
    CHECK(opened.registry->directory().anonymous_tenant()->name == "lab");
    REQUIRE(opened.registry->set_tenant_options("lab", {}).ok());
    CHECK(!opened.registry->directory().anonymous_tenant());
    REQUIRE(opened.registry->set_tenant_options("lab-3", {false, true}).ok());
    CHECK(opened.registry->directory().anonymous_tenant()->name == "lab-3");
}

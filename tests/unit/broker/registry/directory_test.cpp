// SPDX-License-Identifier: Apache-2.0
#include "registry/directory.hpp"

#include "opened_registry.hpp"

using namespace muster;
using namespace muster::testbroker;

TEST_CASE("admission finds in the registry who belongs to a tenant") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::flat);
    opened.register_device("acme", "press-01");
    REQUIRE(opened.registry->set_application("acme", "dashboard", "s3cret").ok());
    const auto& directory = opened.registry->directory();
    REQUIRE(directory.tenant_of_issuer("sha256 of acme").has_value());
    CHECK(directory.tenant_of_issuer("sha256 of acme")->name == "acme");
    CHECK(directory.tenant_named("acme")->isolation == Isolation::flat);
    CHECK(!directory.tenant_of_issuer("").has_value());
    CHECK(!directory.tenant_named("other").has_value());
    CHECK(directory.is_registered("acme", "press-01"));
    CHECK(!directory.is_registered("acme", "PRESS-01"));
    CHECK(directory.check_password("acme", "dashboard", "s3cret") == tenancy::Role::application);
    CHECK(!directory.check_password("acme", "dashboard", "other"));
}

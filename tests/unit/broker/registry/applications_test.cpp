// SPDX-License-Identifier: Apache-2.0
#include "opened_registry.hpp"

using namespace muster;

TEST_CASE("an application is let in with its own password only") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    opened.add_tenant("other");
    REQUIRE(opened.registry->set_application("acme", "dashboard", "s3cret").ok());
    CHECK(opened.registry->check_application("acme", "dashboard", "s3cret").value());
    CHECK(!opened.registry->check_application("acme", "dashboard", "s3cres").value());
    CHECK(!opened.registry->check_application("acme", "dashboard", "").value());
    CHECK(!opened.registry->check_application("other", "dashboard", "s3cret").value());
    CHECK(!opened.registry->check_application("acme", "nobody", "s3cret").value());
    CHECK(!opened.registry->check_application("acme", "nobody", "").value());
}

TEST_CASE("setting an application again changes its password") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    REQUIRE(opened.registry->set_application("acme", "dashboard", "old").ok());
    REQUIRE(opened.registry->set_application("acme", "dashboard", "new").ok());
    CHECK(!opened.registry->check_application("acme", "dashboard", "old").value());
    CHECK(opened.registry->check_application("acme", "dashboard", "new").value());
}

TEST_CASE("an application with a bad name, without a password or without a tenant is refused") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    CHECK(opened.registry->set_application("acme", "a/b", "x").error().code() == Code::invalid_argument);
    CHECK(opened.registry->set_application("acme", "a", "").error().code() == Code::invalid_argument);
    CHECK(opened.registry->set_application("acme", "a", std::string(1'025, 'x')).error().code() == Code::invalid_argument);
    CHECK(opened.registry->set_application("nobody", "a", "x").error().code() == Code::not_found);
}

TEST_CASE("a password of any bytes works up to its limit, and beyond it is wrong") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const std::string longest(1'024, '\xFF');
    REQUIRE(opened.registry->set_application("acme", "a", longest).ok());
    CHECK(opened.registry->check_application("acme", "a", longest).value());
    CHECK(!opened.registry->check_application("acme", "a", longest + "\xFF").value());
}

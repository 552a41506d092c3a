// SPDX-License-Identifier: Apache-2.0
#include "opened_registry.hpp"

using namespace muster;

TEST_CASE("an application is let in with its own password only") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    opened.add_tenant("other");
    REQUIRE(opened.registry->set_application("acme", "dashboard", "s3cret").ok());
    CHECK(opened.lets_in("acme", "dashboard", "s3cret"));
    CHECK(!opened.lets_in("acme", "dashboard", "s3cres"));
    CHECK(!opened.lets_in("acme", "dashboard", ""));
    CHECK(!opened.lets_in("other", "dashboard", "s3cret"));
    CHECK(!opened.lets_in("acme", "nobody", "s3cret"));
    CHECK(!opened.lets_in("acme", "nobody", ""));
}

TEST_CASE("setting an application again changes its password") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    REQUIRE(opened.registry->set_application("acme", "dashboard", "old").ok());
    REQUIRE(opened.registry->set_application("acme", "dashboard", "new").ok());
    CHECK(!opened.lets_in("acme", "dashboard", "old"));
    CHECK(opened.lets_in("acme", "dashboard", "new"));
}

TEST_CASE("an application with a bad name, without a password or without a tenant is refused") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    CHECK(opened.registry->set_application("acme", "a/b", "x").error().code() == Code::invalid_argument);
    CHECK(opened.registry->set_application("acme", "a", "").error().code() == Code::invalid_argument);
    CHECK(opened.registry->set_application("acme", "a", std::string(8'193, 'x')).error().code() == Code::invalid_argument);
    CHECK(opened.registry->set_application("nobody", "a", "x").error().code() == Code::not_found);
}

TEST_CASE("a password of any bytes works up to its limit, and beyond it is wrong") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const std::string longest(8'192, '\xFF');
    REQUIRE(opened.registry->set_application("acme", "a", longest).ok());
    CHECK(opened.lets_in("acme", "a", longest));
    CHECK(!opened.lets_in("acme", "a", longest + "\xFF"));
}

TEST_CASE("an application without a password has the certificates that were finished, across restarts") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto standing = [&](const std::string& serial) { return opened.registry->directory().standing("acme", "dash", serial); };
    using testbroker::tenancy::Standing;
    REQUIRE(opened.registry->begin_application_issuance(opened.record("A1", "acme", "dash")).ok());
    CHECK(standing("A1") == Standing::certificate_revoked);
    CHECK(!opened.registry->begin_application_issuance(opened.record("A1", "acme", "dash")).ok());
    REQUIRE(opened.registry->finish_application_issuance("A1").ok());
    CHECK(opened.registry->finish_application_issuance("A1").error().code() == Code::not_found);
    REQUIRE(opened.registry->begin_application_issuance(opened.record("A2", "acme", "dash")).ok());
    REQUIRE(opened.registry->abandon_application_issuance("A2").ok());
    CHECK(opened.registry->finish_application_issuance("A2").error().code() == Code::not_found);
    REQUIRE(opened.registry->begin_application_issuance(opened.record("A3", "acme", "dash")).ok());
    opened.reopen();
    CHECK(opened.registry->finish_application_issuance("A3").error().code() == Code::not_found);
    CHECK(standing("A1") == Standing::good);
    CHECK(standing("A2") == Standing::certificate_revoked);
    CHECK(!opened.lets_in("acme", "dash", ""));
    REQUIRE(opened.registry->set_application("acme", "dash", "s3cret").ok());
    CHECK(opened.lets_in("acme", "dash", "s3cret"));
    CHECK(standing("A1") == Standing::good);
    REQUIRE(opened.registry->delete_application("acme", "dash").ok());
    CHECK(standing("A1") == Standing::unknown);
}

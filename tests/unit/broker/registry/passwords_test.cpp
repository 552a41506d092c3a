// SPDX-License-Identifier: Apache-2.0
#include "opened_registry.hpp"

using namespace muster;
using namespace muster::testbroker;

namespace {

constexpr TenantOptions with_passwords{true, false};

}  // namespace

TEST_CASE("a device with a password is told from an application, and is registered") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::device, with_passwords);
    REQUIRE(opened.registry->set_device_password("acme", "press-01", "s3cret").ok());
    REQUIRE(opened.registry->set_application("acme", "dashboard", "s3cret").ok());
    const auto& directory = opened.registry->directory();
    CHECK(directory.check_password("acme", "press-01", "s3cret") == tenancy::Role::device);
    CHECK(directory.check_password("acme", "dashboard", "s3cret") == tenancy::Role::application);
    CHECK(!directory.check_password("acme", "press-01", "s3cres"));
    CHECK(directory.is_registered("acme", "press-01"));
    CHECK(!directory.is_registered("acme", "dashboard"));
    CHECK(opened.registry->list_devices("acme")->at(0).id == "press-01");
}

TEST_CASE("a name is a device's or an application's, never both") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::device, with_passwords);
    REQUIRE(opened.registry->set_application("acme", "app", "x").ok());
    CHECK(opened.registry->set_device_password("acme", "app", "x").error().code() == Code::conflict);
    CHECK(opened.registry->register_device("acme", "app").error().code() == Code::conflict);
    opened.register_device("acme", "press-01");
    CHECK(opened.registry->set_application("acme", "press-01", "x").error().code() == Code::conflict);
    CHECK(!opened.registry->directory().is_registered("acme", "app"));
    opened.add_tenant("other", Isolation::device, with_passwords);
    CHECK(opened.registry->set_device_password("other", "app", "x").ok());
}

TEST_CASE("a device's password is refused where its tenant does not allow it, and where there is no tenant") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto set = opened.registry->set_device_password("acme", "press-01", "x");
    CHECK(set.error().code() == Code::denied);
    CHECK(set.error().hint().find("muster tenant set acme") != std::string::npos);
    CHECK(opened.registry->set_device_password("nobody", "press-01", "x").error().code() == Code::not_found);
    CHECK(!opened.registry->directory().is_registered("acme", "press-01"));
}

TEST_CASE("a device with a password may have any client id of UTF-8 without control characters") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::device, with_passwords);
    const std::string longest(1'024, 'x');
    for (const auto& id : {std::string("a/b"), std::string("+"), std::string("#"), std::string("100%"), std::string(" a b "),
                           std::string("$SYS"), std::string("M\xC3\xBCnchen"), std::string("\xF0\x9F\x9A\x80"), longest}) {
        INFO(id);
        REQUIRE(opened.registry->set_device_password("acme", id, "pw").ok());
        CHECK(opened.lets_in("acme", id, "pw"));
    }
    for (const auto& id : {std::string(), std::string("a\nb"), std::string("a\0b", 3), std::string("\x7F"), std::string("\xC2\x85"),
                           std::string("\xFF"), std::string("\xED\xA0\x80"), longest + "x"}) {
        INFO(id);
        CHECK(opened.registry->set_device_password("acme", id, "pw").error().code() == Code::invalid_argument);
    }
}

TEST_CASE("client ids that look alike are different devices") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::device, with_passwords);
    REQUIRE(opened.registry->set_device_password("acme", "\xC3\xA9", "composed").ok());
    REQUIRE(opened.registry->set_device_password("acme", "e\xCC\x81", "decomposed").ok());
    REQUIRE(opened.registry->set_device_password("acme", "a%2Fb", "encoded").ok());
    REQUIRE(opened.registry->set_device_password("acme", "a/b", "plain").ok());
    CHECK(opened.lets_in("acme", "\xC3\xA9", "composed"));
    CHECK(!opened.lets_in("acme", "\xC3\xA9", "decomposed"));
    CHECK(!opened.lets_in("acme", "a/b", "encoded"));
    CHECK(!opened.lets_in("acme", "A/B", "plain"));
}

TEST_CASE("a password is forgotten when another takes its place, however often it was right") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::device, with_passwords);
    REQUIRE(opened.registry->set_device_password("acme", "press-01", "old").ok());
    CHECK(opened.lets_in("acme", "press-01", "old"));
    CHECK(opened.registry->directory().remembers_password("acme", "press-01", "old"));
    REQUIRE(opened.registry->set_device_password("acme", "press-01", "new").ok());
    CHECK(!opened.registry->directory().remembers_password("acme", "press-01", "old"));
    CHECK(!opened.lets_in("acme", "press-01", "old"));
    CHECK(opened.lets_in("acme", "press-01", "new"));
}

TEST_CASE("after a restart a password is computed once and then remembered; a wrong one never is") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::device, with_passwords);
    REQUIRE(opened.registry->set_device_password("acme", "press-01", "s3cret").ok());
    opened.reopen();
    const auto& directory = opened.registry->directory();
    CHECK(!directory.remembers_password("acme", "press-01", "s3cret"));
    CHECK(!directory.check_password("acme", "press-01", "wrong"));
    CHECK(!directory.remembers_password("acme", "press-01", "wrong"));
    CHECK(directory.check_password("acme", "press-01", "s3cret") == tenancy::Role::device);
    CHECK(directory.remembers_password("acme", "press-01", "s3cret"));
    CHECK(!directory.remembers_password("acme", "press-01", "wrong"));
}

TEST_CASE("a password is checked at the cost it was stored with, whatever the cost is now") {
    test::OpenedRegistry opened;
    opened.settings.password_cost = 10;
    opened.reopen();
    opened.add_tenant("acme", Isolation::device, with_passwords);
    REQUIRE(opened.registry->set_device_password("acme", "press-01", "s3cret").ok());
    opened.settings.password_cost = 4;
    opened.reopen();
    CHECK(opened.lets_in("acme", "press-01", "s3cret"));
    CHECK(!opened.lets_in("acme", "press-01", "s3cres"));
}

TEST_CASE("a password cost that is none is refused") {
    test::OpenedRegistry opened;
    opened.registry.reset();
    for (const unsigned cost : {0U, 3U, 17U, 64U})
        CHECK(registry::Registry::open(opened.directory.path(), opened.clock, {cost, false}).error().code() == Code::invalid_argument);
}

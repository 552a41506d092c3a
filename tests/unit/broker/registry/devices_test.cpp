// SPDX-License-Identifier: Apache-2.0
#include "base/files.hpp"
#include "opened_registry.hpp"

using namespace muster;
using namespace muster::testbroker;

TEST_CASE("a registered device gets a one-time password for a day") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto registered = opened.registry->register_device("acme", "press-01");
    REQUIRE(registered.ok());
    CHECK(registered->device_id == "press-01");
    CHECK(registered->one_time_password.size() == 26);
    CHECK(registered->expires == opened.clock.wall_now() + std::chrono::hours(24));
    CHECK(opened.registry->directory().is_registered("acme", "press-01"));
    CHECK(!opened.registry->directory().is_registered("acme", "press-02"));
}

TEST_CASE("a one-time password is nowhere in the registry's files") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto password = opened.register_device("acme", "press-01");
    opened.registry.reset();
    for (const auto& entry : std::filesystem::directory_iterator(opened.directory.path())) {
        auto content = base::load_file(entry.path());
        REQUIRE(content.ok());
        CHECK(content->find(password) == std::string::npos);
    }
}

TEST_CASE("registering a device that has not enrolled replaces its password") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto first = opened.register_device("acme", "press-01");
    const auto second = opened.register_device("acme", "press-01");
    CHECK(first != second);
    CHECK(opened.registry->check_one_time_password("acme", "press-01", first).error().code() == Code::denied);
    CHECK(opened.registry->check_one_time_password("acme", "press-01", second).ok());
    CHECK(opened.registry->list_devices("acme")->size() == 1);
}

TEST_CASE("a device that has enrolled, or is about to, is not registered again") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto password = opened.register_device("acme", "press-01");
    REQUIRE(opened.registry->begin_issuance(opened.record("01", "acme", "press-01"), password).ok());
    CHECK(opened.registry->register_device("acme", "press-01").error().code() == Code::conflict);
    REQUIRE(opened.registry->finish_issuance("01").ok());
    CHECK(opened.registry->register_device("acme", "press-01").error().code() == Code::conflict);
}

TEST_CASE("a device of no tenant, or with a bad id, is not registered") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    CHECK(opened.registry->register_device("nobody", "press-01").error().code() == Code::not_found);
    CHECK(opened.registry->register_device("acme", "a/b").error().code() == Code::invalid_argument);
    CHECK(opened.registry->list_devices("acme")->empty());
    CHECK(opened.registry->list_devices("nobody").error().code() == Code::not_found);
    CHECK(opened.registry->list_devices("bad\nname").error().message() == "there is no tenant of that name");
}

TEST_CASE("devices are listed by id, with their newest certificate, for their tenant alone") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    opened.add_tenant("other");
    opened.register_device("acme", "b");
    const auto password = opened.register_device("acme", "a");
    opened.register_device("other", "a");
    REQUIRE(opened.registry->begin_issuance(opened.record("0A", "acme", "a"), password).ok());
    CHECK(!opened.registry->list_devices("acme")->front().enrolled);
    REQUIRE(opened.registry->finish_issuance("0A").ok());
    const auto devices = opened.registry->list_devices("acme");
    REQUIRE(devices.ok());
    REQUIRE(devices->size() == 2);
    CHECK(devices->at(0).id == "a");
    CHECK(devices->at(0).tenant == "acme");
    CHECK(devices->at(0).enrolled);
    CHECK(devices->at(0).certificate_serial == "0A");
    CHECK(devices->at(0).certificate_not_after == opened.clock.wall_now() + std::chrono::hours(24));
    CHECK(devices->at(0).registered == opened.clock.wall_now());
    CHECK(devices->at(1).id == "b");
    CHECK(!devices->at(1).enrolled);
    CHECK(!devices->at(1).certificate_not_after.has_value());
    CHECK(!opened.registry->list_devices("other")->front().enrolled);
}

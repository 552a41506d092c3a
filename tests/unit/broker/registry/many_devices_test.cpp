// SPDX-License-Identifier: Apache-2.0
// Many devices in one transaction: registered, revoked, deleted.
#include "opened_registry.hpp"

using namespace muster;
using namespace muster::testbroker;
using registry::DeviceChange;
using registry::RevocationReason;

TEST_CASE("many devices are registered at once, and what is wrong with one is its own") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    REQUIRE(opened.registry->set_application("acme", "dash", "pw").ok());
    const auto all = opened.registry->register_devices("acme", {{"a", "given-by-hand"}, {"no/id"}, {"dash"}, {"b"}, {"c", "short"}});
    REQUIRE(all.ok());
    REQUIRE(all->size() == 5);
    CHECK(all->at(0)->registration.one_time_password == "given-by-hand");
    CHECK(all->at(1).error().code() == Code::invalid_argument);
    CHECK(all->at(2).error().code() == Code::conflict);
    CHECK(all->at(3)->registration.one_time_password.size() == 26);
    CHECK(all->at(4).error().code() == Code::invalid_argument);
    CHECK(opened.registry->list_devices("acme")->size() == 2);
    CHECK(opened.registry->check_one_time_password("acme", "a", "given-by-hand").ok());
    CHECK(opened.registry->register_devices("nowhere", {{"a"}}).error().code() == Code::not_found);
}

TEST_CASE("a device that is registered again with its password is as it was") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto again = [&](const registry::NewDevice& device) {
        return opened.registry->register_devices("acme", {device})->front()->change;
    };
    CHECK(again({"a", "given-by-hand", DeviceAttributes{{"type", "pump"}}}) == DeviceChange::created);
    CHECK(again({"a", "given-by-hand"}) == DeviceChange::unchanged);
    CHECK(again({"a", "given-by-hand", DeviceAttributes{{"type", "press"}}}) == DeviceChange::updated);
    CHECK(again({"a", "another-by-hand"}) == DeviceChange::updated);
    CHECK(opened.registry->find_device("acme", "a")->attributes == DeviceAttributes{{"type", "press"}});
    CHECK(opened.registry->find_device("acme", "b").error().code() == Code::not_found);
}

TEST_CASE("devices with passwords are registered at once, and keep no one-time password") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::device, {.device_passwords = true});
    opened.add_tenant("strict");
    const auto add = [&](const char* tenant, const std::string& id, const std::string& password) {
        registry::NewDevice device{id};
        device.password = password;
        return opened.registry->register_devices(tenant, {device});
    };
    CHECK(add("acme", "a", "correct horse")->front()->change == DeviceChange::created);
    CHECK(add("acme", "a", "correct horse")->front()->registration.one_time_password.empty());
    CHECK(opened.lets_in("acme", "a", "correct horse"));
    CHECK_FALSE(opened.lets_in("acme", "a", "battery staple"));
    CHECK_FALSE(opened.lets_in("strict", "a", "correct horse"));
    CHECK(opened.registry->find_device("acme", "a")->has_password);
    CHECK(add("strict", "a", "correct horse").error().code() == Code::denied);
    CHECK(add("acme", "b", std::string(8'193, 'x'))->front().error().code() == Code::invalid_argument);

    const auto one_time = opened.register_device("acme", "c");
    CHECK_FALSE(opened.registry->find_device("acme", "c")->has_password);
    CHECK(add("acme", "c", "correct horse")->front()->change == DeviceChange::updated);
    CHECK(opened.registry->check_one_time_password("acme", "c", one_time).error().code() == Code::denied);

    opened.reopen();
    CHECK(add("acme", "a", "correct horse")->front()->change == DeviceChange::unchanged);
    CHECK(add("acme", "a", "battery staple")->front()->change == DeviceChange::updated);
    CHECK_FALSE(opened.lets_in("acme", "a", "correct horse"));
    REQUIRE(opened.registry->revoke_device("acme", "a").ok());
    CHECK_FALSE(opened.lets_in("acme", "a", "battery staple"));
    CHECK(add("acme", "a", "battery staple")->front().error().code() == Code::conflict);
}

TEST_CASE("a device has a password or a one-time password, not both at once") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::device, {.device_passwords = true});
    registry::NewDevice both{"a", "given-by-hand"};
    both.password = "correct horse";
    CHECK(opened.registry->register_devices("acme", {both})->front().error().code() == Code::invalid_argument);
}

TEST_CASE("a device is known to be blocked, and to wait for an administrator") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto password = opened.register_device("acme", "a");
    for (int i = 0; i < 9; ++i) CHECK_FALSE(opened.registry->check_one_time_password("acme", "a", "wrong-by-hand").ok());
    CHECK_FALSE(opened.registry->find_device("acme", "a")->one_time_password_blocked);
    CHECK_FALSE(opened.registry->check_one_time_password("acme", "a", "wrong-by-hand").ok());
    CHECK(opened.registry->find_device("acme", "a")->one_time_password_blocked);
    CHECK(opened.registry->find_device("acme", "a")->approval == std::nullopt);
    REQUIRE(opened.registry->ask_for_approval("acme", "a", "key").ok());
    CHECK(opened.registry->find_device("acme", "a")->approval == Approval::waiting);
    REQUIRE(opened.registry->decide_enrollment("acme", "a", "key", Approval::denied).ok());
    CHECK(opened.registry->list_devices("acme")->front().approval == Approval::denied);
    opened.register_device("acme", "a");
    CHECK_FALSE(opened.registry->find_device("acme", "a")->one_time_password_blocked);
}

TEST_CASE("attributes are texts of a limited size") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto is_taken = [&](const DeviceAttributes& attributes) {
        return opened.registry->register_devices("acme", {{"a", "", attributes}})->front().ok();
    };
    CHECK(is_taken({{"name", "Presse \xC3\xBC 1 = links"}, {"group", ""}}));
    CHECK(opened.registry->find_device("acme", "a")->attributes.at("name") == "Presse \xC3\xBC 1 = links");
    CHECK(opened.registry->find_device("acme", "a")->attributes.at("group").empty());
    CHECK_FALSE(is_taken({{"name", "two\nlines"}}));
    CHECK_FALSE(is_taken({{"name", "\xFF"}}));
    CHECK_FALSE(is_taken({{"name", std::string(257, 'x')}}));
    CHECK_FALSE(is_taken({{"Name", "x"}}));
    CHECK_FALSE(is_taken({{"", "x"}}));
    DeviceAttributes many;
    for (int i = 0; i < 17; ++i) many["a" + std::to_string(i)] = "x";
    CHECK_FALSE(is_taken(many));
}

TEST_CASE("a page of devices begins behind an id") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    REQUIRE(opened.registry->register_devices("acme", {{"a"}, {"b"}, {"c"}, {"d"}}).ok());
    const auto page = opened.registry->list_devices("acme", "a", 2);
    REQUIRE(page->size() == 2);
    CHECK(page->at(0).id == "b");
    CHECK(page->at(1).id == "c");
}

TEST_CASE("many devices are revoked for a reason, which stays the first") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto password = opened.register_device("acme", "a");
    opened.register_device("acme", "b");
    REQUIRE(opened.registry->begin_issuance(opened.record("0A", "acme", "a"), password).ok());
    REQUIRE(opened.registry->finish_issuance("0A").ok());
    const auto all = opened.registry->revoke_devices("acme", {"a", "nobody", "b"}, RevocationReason::key_compromise);
    REQUIRE(all.ok());
    CHECK(all->at(0).ok());
    CHECK(all->at(1).error().code() == Code::not_found);
    CHECK(all->at(2).ok());
    REQUIRE(opened.registry->revoke_devices("acme", {"a"}, RevocationReason::superseded).ok());
    CHECK(opened.registry->find_device("acme", "a")->revocation_reason == "keyCompromise");
    CHECK(opened.registry->revoked_certificates("acme")->front().reason == RevocationReason::key_compromise);
}

TEST_CASE("many devices are deleted, and their certificates stay revoked") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto password = opened.register_device("acme", "a");
    REQUIRE(opened.registry->begin_issuance(opened.record("0A", "acme", "a"), password).ok());
    REQUIRE(opened.registry->finish_issuance("0A").ok());
    const auto all = opened.registry->delete_devices("acme", {"a", "a"});
    REQUIRE(all.ok());
    CHECK(all->at(0).ok());
    CHECK(all->at(1).error().code() == Code::not_found);
    CHECK(opened.registry->list_devices("acme")->empty());
    CHECK(opened.registry->revoked_certificates("acme")->front().reason == RevocationReason::cessation_of_operation);
    CHECK(opened.registry->delete_devices("nowhere", {"a"}).error().code() == Code::not_found);
}

TEST_CASE("a reason is one of RFC 5280 that can be a device's") {
    CHECK(registry::parse_revocation_reason("superseded").value() == RevocationReason::superseded);
    for (const auto* name : {"", "keycompromise", "cACompromise", "certificateHold", "removeFromCRL"}) {
        INFO(name);
        CHECK_FALSE(registry::parse_revocation_reason(name).ok());
    }
}

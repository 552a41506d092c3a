// SPDX-License-Identifier: Apache-2.0
#include "opened_registry.hpp"

#include <atomic>
#include <thread>

using namespace muster;

namespace {

struct RegisteredDevice : test::OpenedRegistry {
    RegisteredDevice() {
        add_tenant("acme");
        password = register_device("acme", "press-01");
    }
    Result<void> check(const std::string& given) { return registry->check_one_time_password("acme", "press-01", given); }
    Result<void> begin(const std::string& serial, const std::string& given) {
        return registry->begin_issuance(record(serial, "acme", "press-01"), given);
    }
    std::string password;
};

}  // namespace

TEST_CASE("a one-time password is good for one certificate") {
    RegisteredDevice device;
    CHECK(device.check(device.password).ok());
    CHECK(device.check(device.password).ok());  // Asking does not use it up.
    REQUIRE(device.begin("01", device.password).ok());
    REQUIRE(device.registry->finish_issuance("01").ok());
    CHECK(device.check(device.password).error().code() == Code::conflict);
    CHECK(device.begin("02", device.password).error().code() == Code::conflict);
    CHECK(device.registry->finish_issuance("02").error().code() == Code::not_found);
}

TEST_CASE("while one certificate is being made, the password makes no other") {
    RegisteredDevice device;
    REQUIRE(device.begin("01", device.password).ok());
    CHECK(device.begin("02", device.password).error().code() == Code::unavailable);
}

TEST_CASE("a certificate that could not be made costs no password") {
    RegisteredDevice device;
    REQUIRE(device.begin("01", device.password).ok());
    REQUIRE(device.registry->abandon_issuance("01").ok());
    CHECK(device.check(device.password).ok());
    // The serial stays taken all the same.
    CHECK(!device.begin("01", device.password).ok());
    REQUIRE(device.begin("02", device.password).ok());
    CHECK(device.registry->finish_issuance("02").ok());
}

TEST_CASE("a finished certificate cannot be abandoned") {
    RegisteredDevice device;
    REQUIRE(device.begin("01", device.password).ok());
    REQUIRE(device.registry->finish_issuance("01").ok());
    CHECK(device.registry->abandon_issuance("01").ok());
    CHECK(device.check(device.password).error().code() == Code::conflict);
    CHECK(device.registry->list_devices("acme")->front().enrolled);
}

TEST_CASE("a broker that died while it signed has used up no password") {
    RegisteredDevice device;
    REQUIRE(device.begin("01", device.password).ok());
    device.reopen();
    CHECK(device.check(device.password).ok());
    CHECK(!device.registry->list_devices("acme")->front().enrolled);
    CHECK(device.registry->finish_issuance("01").error().code() == Code::not_found);
}

TEST_CASE("wrong, unknown and blocked passwords are refused in the same words") {
    RegisteredDevice device;
    const auto wrong = device.check("AAAAAAAAAAAAAAAAAAAAAAAAAA");
    REQUIRE(!wrong.ok());
    CHECK(wrong.error().code() == Code::denied);
    const auto unknown_device = device.registry->check_one_time_password("acme", "press-99", device.password);
    const auto unknown_tenant = device.registry->check_one_time_password("nobody", "press-01", device.password);
    for (int i = 0; i < 10; ++i) CHECK(!device.check("").ok());
    const auto blocked = device.check(device.password);
    for (const auto* refused : {&unknown_device, &unknown_tenant, &blocked}) {
        REQUIRE(!refused->ok());
        CHECK(refused->error().code() == Code::denied);
        CHECK(refused->error().message() == wrong.error().message());
    }
}

TEST_CASE("ten wrong attempts block a password until the device is registered again") {
    RegisteredDevice device;
    for (int i = 0; i < 5; ++i) CHECK(device.check("wrong").error().code() == Code::denied);
    for (int i = 0; i < 4; ++i) CHECK(device.begin("0" + std::to_string(i), "wrong").error().code() == Code::denied);
    CHECK(device.check(device.password).ok());
    CHECK(!device.check("wrong").ok());
    CHECK(device.check(device.password).error().code() == Code::denied);
    device.reopen();
    CHECK(device.check(device.password).error().code() == Code::denied);
    device.password = device.register_device("acme", "press-01");
    CHECK(device.check(device.password).ok());
}

TEST_CASE("a one-time password expires after a day") {
    RegisteredDevice device;
    device.clock.advance(std::chrono::hours(24) - std::chrono::seconds(1));
    CHECK(device.check(device.password).ok());
    device.clock.advance(std::chrono::seconds(1));
    CHECK(device.check(device.password).error().code() == Code::expired);
    CHECK(device.begin("01", device.password).error().code() == Code::expired);
    CHECK(device.check("wrong").error().code() == Code::denied);
}

TEST_CASE("a serial is written down once, whoever asks") {
    RegisteredDevice device;
    const auto other = device.register_device("acme", "press-02");
    REQUIRE(device.begin("01", device.password).ok());
    CHECK(!device.registry->begin_issuance(device.record("01", "acme", "press-02"), other).ok());
    // Nothing of the failed attempt stays.
    CHECK(device.registry->check_one_time_password("acme", "press-02", other).ok());
}

TEST_CASE("of many enrollments with one password at once, one begins") {
    RegisteredDevice device;
    std::atomic<int> begun{0};
    std::atomic<int> turned_away{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&, thread] {
            auto result = device.begin(std::to_string(thread), device.password);
            if (result)
                ++begun;
            else if (result.error().code() == Code::unavailable)
                ++turned_away;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(begun == 1);
    CHECK(turned_away == 7);
}

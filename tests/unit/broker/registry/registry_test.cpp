// SPDX-License-Identifier: Apache-2.0
#include "registry/registry.hpp"

#include "opened_registry.hpp"

#include <atomic>
#include <thread>

using namespace muster;
using namespace muster::testbroker;

TEST_CASE("a state directory belongs to one broker") {
    test::OpenedRegistry opened;
    const auto second = registry::Registry::open(opened.directory.path(), opened.clock);
    REQUIRE(!second.ok());
    CHECK(second.error().code() == Code::in_use);
    CHECK(second.error().message() == "the state directory " + opened.directory.path().string() + " is in use by another broker");
    opened.registry.reset();
    CHECK(registry::Registry::open(opened.directory.path(), opened.clock).ok());
}

TEST_CASE("what was stored is there after the registry was opened again") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme", Isolation::flat);
    const auto password = opened.register_device("acme", "press-01");
    REQUIRE(opened.registry->set_application("acme", "dashboard", "secret").ok());
    REQUIRE(opened.registry->begin_issuance(opened.record("01AB", "acme", "press-01"), password).ok());
    REQUIRE(opened.registry->finish_issuance("01AB").ok());
    opened.reopen();
    const auto tenants = opened.registry->tenants();
    REQUIRE(tenants.ok());
    REQUIRE(tenants->size() == 1);
    CHECK(tenants->front().name == "acme");
    CHECK(tenants->front().isolation == Isolation::flat);
    CHECK(tenants->front().issuing_ca_pem == "pem of acme");
    CHECK(tenants->front().created == opened.clock.wall_now());
    const auto devices = opened.registry->list_devices("acme");
    REQUIRE(devices.ok());
    REQUIRE(devices->size() == 1);
    CHECK(devices->front().certificate_serial == "01AB");
    CHECK(opened.lets_in("acme", "dashboard", "secret"));
}

TEST_CASE("a state directory that others can write to is refused") {
    const test::TemporaryDirectory directory;
    const test::ManualClock clock;
    std::filesystem::permissions(directory.path(), std::filesystem::perms::group_write, std::filesystem::perm_options::add);
    const auto opened = registry::Registry::open(directory.path(), clock);
    REQUIRE(!opened.ok());
    CHECK(opened.error().code() == Code::unsafe_file);
}

TEST_CASE("many threads may use one registry") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&opened, &failures, thread] {
            for (int i = 0; i < 25; ++i) {
                const auto id = std::to_string(thread) + "-" + std::to_string(i);
                if (!opened.registry->register_device("acme", id) || !opened.registry->list_devices("acme")) ++failures;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(failures == 0);
    CHECK(opened.registry->list_devices("acme")->size() == 100);
}

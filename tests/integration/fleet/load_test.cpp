// SPDX-License-Identifier: Apache-2.0
// A load counts exactly what a broker delivers, in a closed and in an open loop, on one thread and on several.
#include "integration/fleet/flat_broker.hpp"
#include "load/fleet.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 60s;
Plan plan_for(const FlatBroker& broker, std::uint32_t publishers, Qos qos) {
    const auto client = [](const char* client_id, const char* topic) {
        return [=](std::uint32_t number) {
            return ClientIdentity{expand(client_id, number), FlatBroker::username, FlatBroker::password, expand(topic, number)};
        };
    };
    Plan plan;
    plan.target.port = broker.port();
    plan.publishers = {publishers, qos, client("publisher-{n}", "load/{n}")};
    plan.subscribers = {1, qos, client("subscriber-{n}", "load/#")};
    plan.messages_per_publisher = 50;
    return plan;
}

Totals play(Plan plan) {
    const std::uint64_t expected = plan.publishers.count * plan.messages_per_publisher;
    auto opened = Fleet::open(std::move(plan));
    REQUIRE(opened.ok());
    Fleet& fleet = **opened;
    const auto connected = fleet.connect(patience);
    CAPTURE(fleet.first_failure());
    REQUIRE(connected.ok());
    fleet.measure();
    fleet.begin();
    CHECK(fleet.wait_until([&](const Totals& totals) { return totals.sent == expected && totals.unique == expected; }, patience));
    CHECK(fleet.drain(patience));
    const Totals totals = fleet.totals();
    fleet.stop();
    CHECK(totals.sent == expected);
    CHECK(totals.unique == expected);
    CHECK(totals.repeated == 0);
    CHECK(totals.foreign == 0);
    CHECK(totals.out_of_order == 0);
    CHECK(totals.given_up == 0);
    CHECK(totals.failed == 0);
    CHECK(fleet.latencies().count() == expected);
    return totals;
}

}  // namespace

TEST_CASE("a closed loop counts every message once") {
    const FlatBroker broker;
    const auto qos = GENERATE(Qos::at_most_once, Qos::at_least_once);
    Plan plan = plan_for(broker, 10, qos);
    plan.messages_per_write = GENERATE(1U, 16U);
    plan.window = 16;
    plan.version = GENERATE(wire::Version::v311, wire::Version::v5);
    const Totals totals = play(std::move(plan));
    CHECK(totals.acknowledged == (qos == Qos::at_most_once ? 0 : totals.sent));
}

TEST_CASE("publishers on several threads are credited for what the first thread receives") {
    const FlatBroker broker;
    Plan plan = plan_for(broker, 10, Qos::at_most_once);
    plan.threads = 3;
    play(std::move(plan));
}

TEST_CASE("an open loop sends what is due without waiting for receipts") {
    const FlatBroker broker;
    Plan plan = plan_for(broker, 10, Qos::at_most_once);
    plan.messages_per_second = 5'000;
    plan.threads = GENERATE(1U, 2U);
    play(std::move(plan));
}

TEST_CASE("a refused connection is told with the reason the broker gave") {
    const FlatBroker broker;
    Plan plan = plan_for(broker, 1, Qos::at_most_once);
    plan.publishers.identity = [](std::uint32_t) { return ClientIdentity{"stranger", "bench/load", "wrong", "load/0"}; };
    auto opened = Fleet::open(std::move(plan));
    REQUIRE(opened.ok());
    const auto connected = (*opened)->connect(patience);
    REQUIRE_FALSE(connected.ok());
    CHECK(connected.error().code() == Code::unreachable);
    CHECK(connected.error().message().find("publisher 0: the broker refused: CONNACK") == 0);
}

TEST_CASE("a load against a port where nothing listens says so") {
    Plan plan;
    plan.target.port = 1;
    plan.publishers = {1, Qos::at_most_once, [](std::uint32_t) { return ClientIdentity{"a", "", "", "t"}; }};
    auto opened = Fleet::open(std::move(plan));
    REQUIRE(opened.ok());
    const auto connected = (*opened)->connect(patience);
    REQUIRE_FALSE(connected.ok());
    CHECK(connected.error().code() == Code::unreachable);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// A device over the application's own way to the network.
#include "integration/device/devices.hpp"
#include "memory_transport.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

namespace {

std::unique_ptr<Device> open_over(MemoryBroker& broker) {
    Hooks hooks;
    hooks.transport = broker.transport();
    auto opened = Device::open(config_for("mqtt://127.0.0.1:1883"), std::move(hooks));
    REQUIRE(opened);
    return std::move(*opened);
}

}  // namespace

TEST_CASE("a device delivers over the application's transport, and receives from it") {
    MemoryBroker broker;
    auto device = open_over(broker);
    Collected<std::string> received;
    REQUIRE(device->subscribe("own", Qos::at_least_once, [&](const Message& message) { received.add(message.payload); }));
    REQUIRE(device->publish("own", "before the start"));
    REQUIRE(device->start());
    REQUIRE(device->publish("own", "after it"));
    REQUIRE(device->wait_drained(20s));
    REQUIRE(received.wait_for_count(2));
    CHECK(received.values() == std::vector<std::string>{"before the start", "after it"});
    const Status status = device->stop(20s);
    CHECK(status.outbox.delivered == 2);
    CHECK(status.connects == 1);
    const auto happened = broker.happened();
    REQUIRE(happened.opened.size() == 1);
    CHECK(happened.opened.front().client_id == "press-01");
    CHECK(happened.opened.front().endpoint == "mqtt://127.0.0.1:1883");
    CHECK(happened.opened.front().connect_timeout == 5s);
    CHECK(happened.is_destroyed);
}

TEST_CASE("what a lost connection of the application's transport leaves in doubt is sent again, after the subscriptions") {
    MemoryBroker broker;
    auto device = open_over(broker);
    Collected<std::string> received;
    REQUIRE(device->subscribe("own", Qos::at_least_once, [&](const Message& message) { received.add(message.payload); }));
    broker.leave_unanswered(true);
    REQUIRE(device->start());
    REQUIRE(device->publish("own", "1"));
    REQUIRE(broker.wait_for_sent(1));
    CHECK(device->status().outbox.waiting == 1);
    broker.leave_unanswered(false);
    broker.lose_connection();
    REQUIRE(device->wait_drained(20s));
    REQUIRE(received.wait_for_count(1));
    const auto metrics = device->metrics();
    CHECK(metrics.status.disconnects == 1);
    CHECK(metrics.status.redelivered == 1);
    CHECK(metrics.network.lost_connections.of(Code::unreachable) == 1);
    CHECK(broker.happened().order == std::vector<std::string>{"subscribe own", "send 1", "subscribe own", "send 1"});
}

TEST_CASE("what the application's transport is refused for is told as of any other") {
    MemoryBroker broker;
    broker.refuse({Code::denied, "the modem has no contract"});
    auto device = open_over(broker);
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::refused));
    const auto why = device->status().last_error;
    REQUIRE(why);
    CHECK(why->code() == Code::denied);
    CHECK_THAT(why->message(), Catch::Contains("no contract"));
}

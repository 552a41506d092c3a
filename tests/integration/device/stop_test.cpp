// SPDX-License-Identifier: Apache-2.0
// The end: what it sends, what it keeps, and how long it takes.
#include "devices.hpp"
#include "support/loopback.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

TEST_CASE("stop sends what waits") {
    MosquittoProcess broker;
    TemporaryDirectory directory;
    auto device = open_device(config_for(broker.url(), directory / "outbox.db"));
    States states(*device);
    REQUIRE(device->start());
    for (int i = 0; i < 300; ++i) REQUIRE(device->publish("a", std::to_string(i)));
    const auto status = device->stop(20s);
    CHECK(status.outbox.delivered == 300);
    CHECK(status.outbox.waiting == 0);
    CHECK(status.state == ConnectionState::stopped);
    CHECK(states.seen().back().first == ConnectionState::stopped);
}

TEST_CASE("stop with nothing to send returns at once") {
    MosquittoProcess broker;
    auto device = open_device(config_for(broker.url()));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    const auto start = Steady::now();
    device->stop(20s);
    CHECK(Steady::now() - start < 2s);
}

TEST_CASE("stop with the broker away returns in time, and keeps what is durable") {
    TemporaryDirectory directory;
    auto config = config_for("mqtt://127.0.0.1:" + std::to_string(free_port()), directory / "outbox.db");
    auto device = open_device(config);
    REQUIRE(device->start());
    PublishOptions in_memory;
    in_memory.durability = Durability::memory;
    for (int i = 0; i < 10; ++i) REQUIRE(device->publish("a", std::to_string(i)));
    for (int i = 0; i < 5; ++i) REQUIRE(device->publish("b", std::to_string(i), in_memory));
    const auto start = Steady::now();
    const auto status = device->stop(1s);
    CHECK(Steady::now() - start < 2s);
    CHECK(status.outbox.waiting == 10);
    CHECK(status.outbox.dropped_stopped == 5);
    CHECK(accounts_hold(status.outbox));
    device.reset();
    CHECK(open_device(config)->status().outbox.waiting == 10);
}

TEST_CASE("stop in the middle of an attempt that nobody answers returns in time") {
    LoopbackListener silent;
    TemporaryDirectory directory;
    auto device = open_device(config_for("mqtt://127.0.0.1:" + std::to_string(silent.port()), directory / "outbox.db"));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connecting));
    REQUIRE(device->publish("a", "1"));
    const auto start = Steady::now();
    CHECK(device->stop(500ms).outbox.waiting == 1);
    CHECK(Steady::now() - start < 2s);
}

TEST_CASE("a device that is destroyed without stop ends in time, and keeps what is durable") {
    MosquittoProcess broker;
    TemporaryDirectory directory;
    const auto config = config_for("mqtt://127.0.0.1:" + std::to_string(free_port()), directory / "outbox.db");
    auto device = open_device(config);
    REQUIRE(device->start());
    REQUIRE(device->publish("a", "1"));
    const auto start = Steady::now();
    device.reset();
    CHECK(Steady::now() - start < 2s);
    CHECK(open_device(config)->status().outbox.waiting == 1);
}

TEST_CASE("who waits when the device stops is told so") {
    TemporaryDirectory directory;
    auto device = open_device(config_for("mqtt://127.0.0.1:" + std::to_string(free_port()), directory / "outbox.db"));
    REQUIRE(device->start());
    REQUIRE(device->publish("a", "1"));
    CHECK(device->wait_drained(10ms).error().code() == Code::timeout);
    device->stop(0ms);
    CHECK(device->wait_drained(20s).error().code() == Code::stopped);
    CHECK(device->wait_subscribed(20s).error().code() == Code::stopped);
    CHECK(device->subscribe("a", Qos::at_least_once, [](const Message&) {}).error().code() == Code::stopped);
    CHECK(device->publish("a", "1").error().code() == Code::stopped);
}

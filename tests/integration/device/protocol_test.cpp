// SPDX-License-Identifier: Apache-2.0
// Which version of MQTT a device speaks, and with whom.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

namespace {

// The protocol level in a CONNECT (MQTT 5.0, section 3.1.2.2).
std::string levels(const ScriptedBroker& broker) {
    std::string found;
    for (const auto& packet : broker.received(Packet::connect)) found += static_cast<char>('0' + packet[8]);
    return found;
}

const std::string refused_version("\x20\x02\x00\x01", 4);
const std::string accepted_311("\x20\x02\x00\x00", 4);

}  // namespace

TEST_CASE("a broker that refuses MQTT 5 is asked again with 3.1.1 at once") {
    const auto refusal = GENERATE(as<std::string>(), refused_version, std::string("\x20\x03\x00\x84\x00", 5));
    ScriptedBroker broker({{Packet::connect, {refusal, accepted_311}}, {Packet::publish, {std::string("\x40\x02II", 4)}}});
    auto config = config_for(broker.url());
    config.backoff.base = 1h;  // A delay would be seen.
    config.backoff.cap = 1h;
    auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    CHECK(levels(broker) == "54");
    CHECK(device->status().protocol == Protocol::mqtt311);
    CHECK(device->status().connects == 1);
    CHECK(device->status().disconnects == 0);
    REQUIRE(device->publish("a", "b"));
    CHECK(device->wait_drained(20s));
}

TEST_CASE("the version is remembered for the next connection") {
    ScriptedBroker broker({{Packet::connect, {refused_version, accepted_311}}, {Packet::publish, {ScriptedBroker::hang_up}}});
    auto device = open_device(config_for(broker.url()));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    REQUIRE(device->publish("a", "b"));
    REQUIRE(states.wait(ConnectionState::connected, 2));
    CHECK(levels(broker).substr(0, 3) == "544");
}

TEST_CASE("a broker that refuses both versions gets no third attempt without a delay") {
    ScriptedBroker broker({{Packet::connect, {refused_version}}});
    auto config = config_for(broker.url());
    config.backoff.refused_floor = 1h;
    auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::refused));
    CHECK(levels(broker) == "54");
    const auto status = device->status();
    REQUIRE(status.last_error);
    CHECK(status.last_error->code() == Code::rejected);
}

TEST_CASE("a device that is told to speaks 3.1.1 from its first packet, over any broker, both ways") {
    MosquittoProcess broker;
    auto config = config_for(broker.url());
    config.protocol = Protocol::mqtt311;
    auto device = open_device(std::move(config));
    Collected<std::string> commands;
    REQUIRE(device->subscribe("cmd/#", Qos::at_least_once, [&](const Message& message) { commands.add(message.payload); }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    CHECK(device->status().protocol == Protocol::mqtt311);
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "cmd/open", "-m", "now"}) == 0);
    CHECK(commands.wait_for_count(1));
    REQUIRE(device->publish("a", "b"));
    CHECK(device->wait_drained(20s));
    broker.kill();
    broker.start();
    REQUIRE(device->publish("a", "c"));
    CHECK(device->wait_drained(20s));
}

TEST_CASE("with a broker that speaks 5, 5 is spoken") {
    MosquittoProcess broker;
    auto device = open_device(config_for(broker.url()));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    CHECK(device->status().protocol == Protocol::mqtt5);
}

// SPDX-License-Identifier: Apache-2.0
// What comes in: subscriptions that last, handlers that may fail.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace muster;
using namespace muster::test;

TEST_CASE("subscriptions are made again after the broker has lost them") {
    MosquittoProcess broker;
    Collected<std::string> commands;
    Collected<std::string> settings;
    auto device = open_device(config_for(broker.url()));
    States states(*device);
    REQUIRE(device->subscribe("cmd/+", Qos::at_least_once, [&](const Message& message) { commands.add(message.payload); }));
    REQUIRE(device->subscribe("set/#", Qos::at_least_once, [&](const Message& message) { settings.add(message.payload); }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "cmd/a", "-m", "1"}) == 0);
    REQUIRE(commands.wait_for_count(1));
    broker.kill();
    REQUIRE(states.wait(ConnectionState::waiting));
    broker.start();
    REQUIRE(states.wait(ConnectionState::connected, 2));
    // Connected means subscribed: nothing that comes from now on is missed.
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "cmd/b", "-m", "2"}) == 0);
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "set/x/y", "-m", "3"}) == 0);
    REQUIRE(commands.wait_for_count(2));
    REQUIRE(settings.wait_for_count(1));
    CHECK(commands.values() == std::vector<std::string>{"1", "2"});
    CHECK(settings.values() == std::vector<std::string>{"3"});
    const auto status = device->status();
    CHECK(status.received == 3);
    CHECK(status.connects == 2);
    CHECK(status.disconnects == 1);
}

TEST_CASE("a subscription made while connected works at once") {
    MosquittoProcess broker;
    Collected<std::string> got;
    auto device = open_device(config_for(broker.url()));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    for (const char* filter : {"a", "b", "c"}) {
        REQUIRE(device->subscribe(filter, Qos::at_least_once, [&](const Message& message) { got.add(message.topic); }));
    }
    REQUIRE(device->wait_subscribed(20s));
    for (const char* topic : {"a", "b", "c"}) REQUIRE(mosquitto_pub(broker, {"-t", topic, "-m", "x"}) == 0);
    CHECK(got.wait_for_count(3));
}

TEST_CASE("a handler that throws is reported, and the next message is handled") {
    MosquittoProcess broker;
    Collected<std::string> log;
    auto config = config_for(broker.url());
    config.log = [&](LogLevel level, std::string_view line) {
        if (level == LogLevel::error) log.add(std::string(line));
    };
    Collected<std::string> handled;
    auto device = open_device(std::move(config));
    REQUIRE(device->subscribe("cmd", Qos::at_least_once, [&](const Message& message) {
        handled.add(message.payload);
        if (message.payload == "1") throw std::runtime_error("no such valve");
        if (message.payload == "2") throw 2;
    }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    for (const char* payload : {"1", "2", "3"}) REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "cmd", "-m", payload}) == 0);
    REQUIRE(handled.wait_for_count(3));
    REQUIRE(log.wait_for_count(2));
    CHECK_THAT(log.values()[0], Catch::Contains("no such valve"));
}

TEST_CASE("a handler may publish, subscribe and ask for the status") {
    MosquittoProcess broker;
    Collected<std::string> answers;
    auto device = open_device(config_for(broker.url()));
    REQUIRE(device->subscribe("cmd", Qos::at_least_once, [&](const Message& message) {
        static_cast<void>(device->status());
        static_cast<void>(device->subscribe("more", Qos::at_least_once, [](const Message&) {}));
        answers.add(device->publish("answer", message.payload) ? "accepted" : "refused");
    }));
    REQUIRE(device->subscribe("answer", Qos::at_least_once, [&](const Message& message) { answers.add(message.payload); }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "cmd", "-m", "on"}) == 0);
    REQUIRE(answers.wait_for_count(2));
    CHECK(answers.values() == std::vector<std::string>{"accepted", "on"});
    device->stop(5s);  // The handlers use the device itself.
}

// SPDX-License-Identifier: Apache-2.0
// What a subscription asks of the broker, how it ends, and when what comes for it is acknowledged.
#include "devices.hpp"
#include "kept_session.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <future>
#include <thread>

using namespace muster;
using namespace muster::test;

TEST_CASE("overlapping filters: each handler is called once for a message, though the broker sends a copy for each filter") {
    MosquittoProcess broker;
    Collected<std::string> calls;
    auto device = open_device(config_for(broker.url()));
    for (const char* filter : {"a/#", "a/+", "a/b"}) {
        REQUIRE(device->subscribe(filter, Qos::at_least_once, [&, filter](const Message&) { calls.add(filter); }));
    }
    REQUIRE(device->subscribe("end", Qos::at_least_once, [&](const Message&) { calls.add("end"); }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "a/b", "-m", "x"}) == 0);
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "end", "-m", "x"}) == 0);
    REQUIRE(calls.wait([](const auto& values) { return !values.empty() && values.back() == "end"; }));
    auto values = calls.values();
    std::sort(values.begin(), values.end());
    CHECK(values == std::vector<std::string>{"a/#", "a/+", "a/b", "end"});
    device->stop(5s);
}

TEST_CASE("a subscription that is ended gets nothing more, here and with the broker") {
    MosquittoProcess broker;
    Collected<std::string> calls;
    auto device = open_device(config_for(broker.url()));
    REQUIRE(device->subscribe("a", Qos::at_least_once, [&](const Message& message) {
        calls.add("a " + message.payload);
        MUSTER_REQUIRE(device->unsubscribe("a").ok());  // Its own.
    }));
    REQUIRE(device->subscribe("b", Qos::at_least_once, [&](const Message& message) { calls.add("b " + message.payload); }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    CHECK(device->unsubscribe("c").error().code() == Code::not_found);
    for (const char* payload : {"1", "2"}) {
        REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "a", "-m", payload}) == 0);
        REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "b", "-m", payload}) == 0);
        REQUIRE(calls.wait([&](const auto& values) { return !values.empty() && values.back() == std::string("b ") + payload; }));
    }
    CHECK(calls.values() == std::vector<std::string>{"a 1", "b 1", "b 2"});
    CHECK(device->status().inbox.handled == 3);
    // Asked for once the broker has answered that the other one is ended.
    REQUIRE(device->subscribe("c", Qos::at_least_once, [&](const Message&) { calls.add("c"); }));
    REQUIRE(device->wait_subscribed(20s));
    const auto before = device->status().inbox.received;
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "a", "-m", "x"}) == 0);
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "c", "-m", "x"}) == 0);
    REQUIRE(calls.wait_for_count(4));
    CHECK(device->status().inbox.received == before + 1);
    REQUIRE(device->subscribe("a", Qos::at_least_once, [&](const Message& message) { calls.add("again " + message.payload); }));
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "a", "-m", "3"}) == 0);
    REQUIRE(calls.wait_for_count(5));
    CHECK(calls.values().back() == "again 3");
    device->stop(5s);
}

TEST_CASE("no_local, retain_handling and retain_as_published do what MQTT 5 says") {
    MosquittoProcess broker;
    REQUIRE(mosquitto_pub(broker, {"-r", "-q", "1", "-t", "kept/1", "-m", "old"}) == 0);
    Collected<std::string> calls;
    auto device = open_device(config_for(broker.url()));
    SubscribeOptions options;
    options.no_local = true;
    options.retain_handling = RetainHandling::never;
    options.retain_as_published = true;
    REQUIRE(
        device->subscribe("kept/#", options, [&](const Message& message) { calls.add(message.payload + (message.retain ? " r" : "")); }));
    REQUIRE(device->subscribe("end", Qos::at_least_once, [&](const Message&) { calls.add("end"); }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(device->publish("kept/2", "own"));
    REQUIRE(device->wait_drained(20s));
    REQUIRE(mosquitto_pub(broker, {"-r", "-q", "1", "-t", "kept/3", "-m", "new"}) == 0);
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "end", "-m", "x"}) == 0);
    REQUIRE(calls.wait_for_count(2));
    CHECK(calls.values() == std::vector<std::string>{"new r", "end"});
    CHECK(device->subscribe("$share/g/a", options, [](const Message&) {}).error().code() == Code::invalid_argument);
    device->stop(5s);
}

TEST_CASE("over MQTT 3.1.1 a subscription that needs 5 is refused with the reason, the others work") {
    MosquittoProcess broker;
    auto config = config_for(broker.url());
    config.protocol = Protocol::mqtt311;
    auto device = open_device(std::move(config));
    Collected<std::string> calls;
    REQUIRE(device->subscribe("a", Qos::at_least_once, [&](const Message& message) { calls.add(message.payload); }));
    REQUIRE(device->subscribe("$share/group/a", Qos::at_least_once, [](const Message&) {}));
    REQUIRE(device->start());
    const auto waited = device->wait_subscribed(20s);
    REQUIRE_FALSE(waited);
    CHECK(waited.error().code() == Code::rejected);
    CHECK_THAT(waited.error().message(), Catch::Contains("$share/group/a") && Catch::Contains("needs MQTT 5"));
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "a", "-m", "x"}) == 0);
    CHECK(calls.wait_for_count(1));
    CHECK(device->request("a", "x", 1s, [](const auto&) {}).error().code() == Code::rejected);
    device->stop(5s);
}

TEST_CASE("a message is acknowledged when its handler has returned, and not before") {
    MosquittoProcess broker;
    const bool waits = GENERATE(true, false);
    auto config = kept_session(broker);
    if (!waits) config.inbox.acknowledge_within = 0ms;  // So the same test shows that it can fail.
    auto device = open_device(std::move(config));
    std::promise<void> begun;
    std::promise<void> may_return;
    REQUIRE(device->subscribe("cmd", Qos::at_least_once, [&](const Message&) {
        begun.set_value();
        may_return.get_future().wait();
    }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "cmd", "-m", "open"}) == 0);
    begun.get_future().wait();
    if (!waits) {  // What the broker answers now was sent behind the acknowledgement.
        REQUIRE(device->publish("other", "x"));
        REQUIRE(device->wait_drained(20s));
    }
    const auto again = next_of_session(broker, waits ? 20'000ms : 1'000ms);
    CHECK(again == (waits ? std::optional<std::string>("open") : std::nullopt));
    may_return.set_value();
    while (device->status().inbox.handled == 0) std::this_thread::yield();
    CHECK(device->status().inbox.acknowledged_early == (waits ? 0 : 1));
    device->stop(0ms);
}

TEST_CASE("what was handled does not come again") {
    MosquittoProcess broker;
    auto device = open_device(kept_session(broker));
    Collected<std::string> calls;
    for (const auto* filter : {"cmd", "end"}) {
        REQUIRE(device->subscribe(filter, Qos::at_least_once, [&](const Message& message) { calls.add(message.payload); }));
    }
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "cmd", "-m", "open"}) == 0);
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "end", "-m", "end"}) == 0);
    REQUIRE(calls.wait_for_count(2));
    device->stop(5s);
    CHECK_FALSE(next_of_session(broker, 1'000ms));
}

TEST_CASE("a handler that takes longer than keep-alives costs no connection") {
    MosquittoProcess broker;
    auto config = config_for(broker.url());
    config.keep_alive = 2s;
    auto device = open_device(std::move(config));
    Collected<std::string> calls;
    REQUIRE(device->subscribe("cmd", Qos::at_least_once, [&](const Message& message) {
        if (message.payload == "slow") std::promise<void>().get_future().wait_for(7s);  // Never set: two keep-alives and a half, and more.
        calls.add(message.payload);
    }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "cmd", "-m", "slow"}) == 0);
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "cmd", "-m", "next"}) == 0);
    REQUIRE(device->publish("a", "meanwhile"));
    CHECK(device->wait_drained(5s));
    REQUIRE(calls.wait_for_count(2));
    CHECK(device->status().disconnects == 0);
    CHECK(device->status().inbox.acknowledged_early == 2);
    device->stop(5s);
}

TEST_CASE("a device with a message in its handler stops in time") {
    MosquittoProcess broker;
    auto device = open_device(kept_session(broker));
    std::promise<void> begun;
    std::promise<void> may_return;
    REQUIRE(device->subscribe("cmd", Qos::at_least_once, [&](const Message&) {
        begun.set_value();
        may_return.get_future().wait_for(1s);  // Never set.
        static_cast<void>(device->publish("a", "too late"));
    }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "cmd", "-m", "open"}) == 0);
    begun.get_future().wait();
    REQUIRE(device->publish("a", "in time"));
    const auto status = device->stop(5s);
    CHECK(status.outbox.delivered >= 1);
    CHECK(status.inbox.handled == 1);
}

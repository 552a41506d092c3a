// SPDX-License-Identifier: Apache-2.0
// What others see of a device that comes, goes and is lost.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace muster;
using namespace muster::test;

namespace {

/// What a subscriber of ours sees under a filter.
class Watcher {
public:
    Watcher(const MosquittoProcess& broker, const std::string& filter) : device_(open_device(named(broker))) {
        REQUIRE(device_->subscribe(filter, Qos::at_least_once, [seen = seen_](const Message& message) {
            seen->add(message.topic + " " + message.payload + (message.retain ? " retained" : ""));
        }));
        REQUIRE(device_->start());
        REQUIRE(device_->wait_subscribed(20s));
    }
    /// Whether this comes first, in this order.
    bool wait_for(const std::vector<std::string>& expected) {
        const bool is_seen = seen_->wait([&](const auto& seen) { return seen.size() >= expected.size(); });
        const auto seen = seen_->values();
        return is_seen && std::equal(expected.begin(), expected.end(), seen.begin());
    }

private:
    static DeviceConfig named(const MosquittoProcess& broker) {
        auto config = config_for(broker.url());
        config.client_id = "watcher-" + std::to_string(++count_);
        return config;
    }
    static inline int count_ = 0;
    std::shared_ptr<Collected<std::string>> seen_ = std::make_shared<Collected<std::string>>();
    std::unique_ptr<Device> device_;
};

DeviceConfig present_at(const std::string& url) {
    auto config = config_for(url);
    config.presence.enabled = true;
    config.presence.topic = "fleet/press-01/presence";
    return config;
}

// Another client takes the name over: the broker ends the connection and publishes the will.
std::unique_ptr<Device> take_over(const MosquittoProcess& broker) {
    auto rival = open_device(config_for(broker.url()));
    States states(*rival);
    REQUIRE(rival->start());
    REQUIRE(states.wait(ConnectionState::connected));
    return rival;
}

}  // namespace

TEST_CASE("presence is online while the device is there, and offline after it has stopped, for those who come later too") {
    const auto protocol = GENERATE(Protocol::mqtt5, Protocol::mqtt311);
    MosquittoProcess broker;
    Watcher watcher(broker, "fleet/+/presence");
    auto config = present_at(broker.url());
    config.protocol = protocol;
    auto device = open_device(std::move(config));
    REQUIRE(device->start());
    REQUIRE(watcher.wait_for({"fleet/press-01/presence online"}));
    CHECK(Watcher(broker, "fleet/#").wait_for({"fleet/press-01/presence online retained"}));
    device->stop(10s);
    REQUIRE(watcher.wait_for({"fleet/press-01/presence online", "fleet/press-01/presence offline"}));
    CHECK(Watcher(broker, "fleet/#").wait_for({"fleet/press-01/presence offline retained"}));
}

TEST_CASE("a device that is lost is offline by its will, and online again when it is back") {
    MosquittoProcess broker;
    Watcher watcher(broker, "fleet/+/presence");
    auto config = present_at(broker.url());
    config.backoff.refused_floor = 10ms;
    auto device = open_device(std::move(config));
    REQUIRE(device->start());
    REQUIRE(watcher.wait_for({"fleet/press-01/presence online"}));
    auto rival = take_over(broker);
    REQUIRE(watcher.wait_for({"fleet/press-01/presence online", "fleet/press-01/presence offline"}));
    rival->stop(0ms);
    rival.reset();
    CHECK(watcher.wait_for({"fleet/press-01/presence online", "fleet/press-01/presence offline", "fleet/press-01/presence online"}));
}

TEST_CASE("birth goes out with every connection before what waits, the will with its loss, and neither with a proper stop") {
    MosquittoProcess broker;
    Watcher watcher(broker, "news/#");
    auto config = config_for(broker.url());
    config.birth = {"news/birth", "hello", Qos::at_least_once, false};
    config.will = {"news/will", std::string("gone\0!", 6), Qos::at_least_once, false};
    auto device = open_device(std::move(config));
    REQUIRE(device->publish("news/first", "reading"));
    REQUIRE(device->start());
    REQUIRE(watcher.wait_for({"news/birth hello", "news/first reading"}));
    SECTION("lost") {
        const auto rival = take_over(broker);
        CHECK(watcher.wait_for({"news/birth hello", "news/first reading", std::string("news/will gone\0!", 16)}));
    }
    SECTION("stopped") {
        device->stop(10s);
        REQUIRE(mosquitto_pub(broker, {"-t", "news/end", "-m", "of it"}) == 0);
        CHECK(watcher.wait_for({"news/birth hello", "news/first reading", "news/end of it"}));
    }
}

TEST_CASE("a broker that does not answer the farewell does not keep a device from stopping") {
    const std::string connack("\x20\x03\x00\x00\x00", 5);
    ScriptedBroker broker({{Packet::connect, {connack}}});
    auto device = open_device(present_at(broker.url()));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    const auto start = std::chrono::steady_clock::now();
    device->stop(100ms);
    CHECK(std::chrono::steady_clock::now() - start < 3s);
    device.reset();
    CHECK(broker.received(Packet::publish).size() == 2);
}

TEST_CASE("a will is delayed as asked for") {
    const std::string connack("\x20\x03\x00\x00\x00", 5);
    ScriptedBroker broker({{Packet::connect, {connack}}});
    auto config = config_for(broker.url());
    config.will = {"w", "x", Qos::at_least_once, true};
    config.will_delay = 7s;
    auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    const auto connects = broker.received(Packet::connect);
    REQUIRE(connects.size() == 1);
    CHECK(connects.front()[9] == '\x2E');  // Clean start, a will of QoS 1, retained (MQTT 5.0, section 3.1.2.3).
    const std::string will("\x05\x18\x00\x00\x00\x07\x00\x01w\x00\x01x", 12);
    CHECK(connects.front().find(will) != std::string::npos);
}

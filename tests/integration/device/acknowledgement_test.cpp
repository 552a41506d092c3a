// SPDX-License-Identifier: Apache-2.0
// Acknowledgement by hand, as the broker sees it.
#include "devices.hpp"
#include "kept_session.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <thread>

using namespace muster;
using namespace muster::test;

namespace {

/// A broker that answers the device's first message with one on `cmd` at this QoS, packet identifier 7, and takes the others.
ScriptedBroker::Script command_at(Qos qos, Protocol protocol = Protocol::mqtt5) {
    const std::string no_properties(protocol == Protocol::mqtt5 ? 1 : 0, '\0');
    const auto packet = [](unsigned header, const std::string& body) {
        return std::string{static_cast<char>(header), static_cast<char>(body.size())} + body;
    };
    const std::string connack = packet(0x20, std::string(2, '\0') + no_properties);
    const std::string puback = packet(0x40, "II");
    const std::string pubrel = packet(0x62, "II");
    const std::string command = packet(0x30U | (static_cast<unsigned>(qos) << 1U), std::string("\0\3cmd\0\7", 7) + no_properties + "x");
    return {{Packet::connect, {connack}}, {Packet::publish, {puback + command, puback}}, {Packet::pubrec, {pubrel}}};
}

/// A device with the command of such a broker, whose handler has returned, in the test's hands.
struct Commanded {
    Commanded(const std::string& url, std::chrono::milliseconds patience, Protocol protocol = Protocol::mqtt5) {
        auto config = config_for(url);
        config.protocol = protocol;
        config.inbox.acknowledge_within = patience;
        config.log = [log = log](LogLevel level, std::string_view line) {
            if (level == LogLevel::warning) log->add(std::string(line));
        };
        device = open_device(std::move(config));
        REQUIRE(device->subscribe_manual("cmd", {Qos::exactly_once},
                                         [came = came](const Message&, Acknowledgement given) { came->add(std::move(given)); }));
        REQUIRE(device->start());
        REQUIRE(device->wait_subscribed(20s));
        REQUIRE(device->publish("go", "x"));
        REQUIRE(came->wait_for_count(1));
    }
    std::shared_ptr<Collected<Acknowledgement>> came = std::make_shared<Collected<Acknowledgement>>();
    std::shared_ptr<Collected<std::string>> log = std::make_shared<Collected<std::string>>();
    std::unique_ptr<Device> device;
};

}  // namespace

TEST_CASE("no PUBACK leaves before the application acknowledges by hand, from any thread; then it does") {
    const bool waits = GENERATE(true, false);  // Not waiting shows that the check can fail.
    ScriptedBroker broker(command_at(Qos::at_least_once));
    Commanded commanded(broker.url(), waits ? 20'000ms : 0ms);
    // What is sent behind an acknowledgement.
    REQUIRE(commanded.device->publish("other", "x"));
    CHECK(commanded.device->wait_drained(waits ? 500ms : 20'000ms).ok() == !waits);
    CHECK(broker.received(Packet::puback).size() == (waits ? 0 : 1));
    if (waits) CHECK(commanded.device->status().inbox.waiting == 1);
    std::thread([acknowledgement = commanded.came->values().front()] { acknowledgement.acknowledge(); }).join();
    REQUIRE(commanded.device->wait_drained(20s));
    REQUIRE(broker.received(Packet::puback).size() == 1);
    CHECK(broker.received(Packet::puback).front().substr(2, 2) == std::string("\x00\x07", 2));
    const auto status = commanded.device->stop(5s);
    CHECK(status.inbox.handled == 1);
    CHECK(status.inbox.waiting == 0);
    CHECK(status.inbox.acknowledged_early == (waits ? 0 : 1));
}

TEST_CASE("at QoS 2 it is the PUBREC that waits for the application") {
    const auto protocol = GENERATE(Protocol::mqtt5, Protocol::mqtt311);
    ScriptedBroker broker(command_at(Qos::exactly_once, protocol));
    Commanded commanded(broker.url(), 20s, protocol);
    REQUIRE(commanded.device->publish("other", "x"));
    CHECK_FALSE(commanded.device->wait_drained(500ms));
    CHECK(broker.received(Packet::pubrec).empty());
    commanded.came->values().front().acknowledge();
    REQUIRE(commanded.device->wait_drained(20s));
    CHECK(broker.received(Packet::pubrec).size() == 1);
    // The PUBCOMP answers what the broker says to the PUBREC: once it has answered two more it has read both.
    for (int i = 0; i < 2; ++i) {
        REQUIRE(commanded.device->publish("other", "x"));
        REQUIRE(commanded.device->wait_drained(20s));
    }
    REQUIRE(commanded.device->stop(20s).inbox.handled == 1);
    CHECK(broker.received(Packet::pubcomp).size() == 1);
}

TEST_CASE("an acknowledgement that is destroyed or forgotten is given early, when the patience is over, which is counted and logged") {
    const bool is_forgotten = GENERATE(true, false);
    ScriptedBroker broker(command_at(Qos::at_least_once));
    Collected<Acknowledgement> forgotten;
    Collected<std::string> log;
    auto config = config_for(broker.url());
    config.inbox.acknowledge_within = 2s;  // The handler must have been called by then.
    config.log = [&](LogLevel level, std::string_view line) {
        if (level == LogLevel::warning) log.add(std::string(line));
    };
    auto device = open_device(std::move(config));
    REQUIRE(device->subscribe_manual("cmd", {}, [&](const Message&, Acknowledgement given) {
        if (is_forgotten) forgotten.add(std::move(given));
    }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(device->publish("go", "x"));
    REQUIRE(log.wait_for_count(1));
    CHECK_THAT(log.values().front(), Catch::Contains(is_forgotten ? "in time" : "destroyed"));
    REQUIRE(device->publish("other", "x"));
    REQUIRE(device->wait_drained(20s));
    CHECK(broker.received(Packet::puback).size() == 1);
    CHECK(device->status().inbox.acknowledged_early == 1);
    CHECK(device->status().inbox.handled == 1);
    for (const auto& late : forgotten.values()) late.acknowledge();
    device->stop(5s);
}

TEST_CASE("a device whose message waits to be acknowledged by hand stops in time, and acknowledging it afterwards does nothing") {
    ScriptedBroker broker(command_at(Qos::at_least_once));
    Commanded commanded(broker.url(), 60s);
    REQUIRE(commanded.device->publish("other", "x"));
    const auto status = commanded.device->stop(20s);
    CHECK(status.outbox.delivered == 2);
    CHECK(status.inbox.handled == 1);
    CHECK(status.inbox.acknowledged_early == 1);
    const auto acknowledgement = commanded.came->values().front();
    acknowledgement.acknowledge();
    commanded.device.reset();
    acknowledgement.acknowledge();
    acknowledgement.acknowledge();
}

TEST_CASE("what is not acknowledged by hand when the connection ends comes again; what is does not") {
    MosquittoProcess broker;
    const bool is_acknowledged = GENERATE(true, false);
    const std::string qos = GENERATE("1", "2");
    auto device = open_device(kept_session(broker));
    Collected<Acknowledgement> by_hand;
    REQUIRE(device->subscribe_manual("cmd", {Qos::exactly_once},
                                     [&](const Message&, Acknowledgement given) { by_hand.add(std::move(given)); }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(mosquitto_pub(broker, {"-q", qos, "-t", "cmd", "-m", "open"}) == 0);
    REQUIRE(by_hand.wait_for_count(1));
    if (is_acknowledged) {  // What the broker answers now was sent behind the acknowledgement.
        by_hand.values().front().acknowledge();
        REQUIRE(device->publish("other", "x"));
        REQUIRE(device->wait_drained(20s));
    }
    const auto again = next_of_session(broker, is_acknowledged ? 1'000ms : 20'000ms);
    CHECK(again == (is_acknowledged ? std::nullopt : std::optional<std::string>("open")));
    device->stop(0ms);
}

TEST_CASE("a message for a handler that acknowledges by hand and one that does not waits for both") {
    ScriptedBroker broker(command_at(Qos::at_least_once));
    auto config = config_for(broker.url());
    config.inbox.acknowledge_within = 20s;
    auto device = open_device(std::move(config));
    Collected<Acknowledgement> by_hand;
    std::promise<void> may_return;
    std::promise<void> begun;
    REQUIRE(device->subscribe_manual("+", {}, [&](const Message&, const Acknowledgement& given) { by_hand.add(given); }));
    REQUIRE(device->subscribe("cmd", Qos::at_least_once, [&](const Message&) {
        begun.set_value();
        may_return.get_future().wait();
    }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    REQUIRE(device->publish("go", "x"));
    begun.get_future().wait();
    by_hand.values().front().acknowledge();
    REQUIRE(device->publish("other", "x"));
    CHECK_FALSE(device->wait_drained(300ms));  // The other handler has not returned.
    CHECK(broker.received(Packet::puback).empty());
    may_return.set_value();
    REQUIRE(device->wait_drained(20s));
    CHECK(broker.received(Packet::puback).size() == 1);
    CHECK(device->subscribe_manual("cmd", {}, nullptr).error().code() == Code::invalid_argument);
    device->stop(5s);
}

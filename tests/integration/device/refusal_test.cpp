// SPDX-License-Identifier: Apache-2.0
// A broker that says no: told, waited out slowly, and lost nothing to.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace muster;
using namespace muster::test;

namespace {

const std::string connack("\x20\x03\x00\x00\x00", 5);

}  // namespace

TEST_CASE("a wrong password is told, and not tried again soon") {
    TemporaryDirectory directory;
    const auto passwords = directory / "passwords";
    REQUIRE(run({"mosquitto_passwd", "-b", "-c", passwords.string(), "op", "right"}) == 0);
    MosquittoProcess broker({"allow_anonymous false", "password_file " + passwords.string()});
    auto config = config_for(broker.url());
    config.username = "op";
    config.password_file = directory / "password";
    std::ofstream(config.password_file) << "wrong\n";
    std::filesystem::permissions(config.password_file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    config.backoff.refused_floor = 1h;
    auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::refused));
    const auto status = device->status();
    REQUIRE(status.last_error);
    CHECK(status.last_error->code() == Code::denied);
    CHECK(status.connects == 0);
    // With a retry as after a fault of the network it would have tried several times by now.
    CHECK_FALSE(device->wait_subscribed(2s).ok());
    std::size_t attempts = 0;
    for (const auto& [state, seen] : states.seen()) attempts += state == ConnectionState::connecting ? 1U : 0U;
    CHECK(attempts == 1);
}

TEST_CASE("a busy broker is tried again until it is not") {
    const std::string busy("\x20\x03\x00\x89\x00", 5);
    ScriptedBroker broker({{Packet::connect, {busy, busy, connack}}});
    auto config = config_for(broker.url());
    config.backoff.refused_floor = 1h;
    auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    CHECK(broker.received(Packet::connect).size() == 3);
}

TEST_CASE("a refused subscription is told to who waits for it, and the others work") {
    ScriptedBroker broker({{Packet::connect, {connack}}}, {{"secret/#", '\x87'}});
    auto device = open_device(config_for(broker.url()));
    States states(*device);
    REQUIRE(device->subscribe("open/#", Qos::at_least_once, [](const Message&) {}));
    REQUIRE(device->subscribe("secret/#", Qos::at_least_once, [](const Message&) {}));
    REQUIRE(device->start());
    const auto subscribed = device->wait_subscribed(20s);
    REQUIRE_FALSE(subscribed);
    CHECK(subscribed.error().code() == Code::denied);
    CHECK_THAT(subscribed.error().message(), Catch::Contains("secret/#"));
    CHECK(states.wait(ConnectionState::degraded));
}

TEST_CASE("a message that the broker refuses for good is dropped, counted and told") {
    ScriptedBroker broker({{Packet::connect, {connack}}, {Packet::publish, {"\x40\x04II\x87" + std::string(1, '\0'), "\x40\x02II"}}});
    auto device = open_device(config_for(broker.url()));
    REQUIRE(device->start());
    REQUIRE(device->publish("forbidden", "1"));
    REQUIRE(device->publish("allowed", "2"));
    REQUIRE(device->wait_drained(20s));
    const auto status = device->status();
    CHECK(status.outbox.dropped_rejected == 1);
    CHECK(status.outbox.delivered == 1);
    CHECK(accounts_hold(status.outbox));
    REQUIRE(status.last_error);
    CHECK(status.last_error->code() == Code::denied);
}

TEST_CASE("a message that no broker will take is set aside with the reason") {
    const char reason = GENERATE('\x80', '\x83', '\x90', '\x99');
    ScriptedBroker broker(
        {{Packet::connect, {connack}}, {Packet::publish, {std::string("\x40\x04II") + reason + std::string(1, '\0'), "\x40\x02II"}}});
    auto device = open_device(config_for(broker.url()));
    REQUIRE(device->start());
    REQUIRE(device->publish("unfit", "1"));
    REQUIRE(device->publish("fit", "2"));
    REQUIRE(device->wait_drained(20s));
    const auto status = device->status();
    CHECK(status.outbox.quarantined == 1);
    CHECK(status.outbox.delivered == 1);
    CHECK(accounts_hold(status.outbox));
    const auto kept = device->quarantined();
    REQUIRE(kept);
    REQUIRE(kept->size() == 1);
    CHECK(kept->front().message.topic == "unfit");
    CHECK_THAT(kept->front().reason, Catch::Contains("refused"));
}

TEST_CASE("a message that the broker has no room for is sent again") {
    ScriptedBroker broker({{Packet::connect, {connack}}, {Packet::publish, {"\x40\x04II\x97" + std::string(1, '\0'), "\x40\x02II"}}});
    auto device = open_device(config_for(broker.url()));
    REQUIRE(device->start());
    REQUIRE(device->publish("a", "1"));
    REQUIRE(device->wait_drained(20s));
    CHECK(device->status().outbox.delivered == 1);
    CHECK(broker.received(Packet::publish).size() == 2);
}

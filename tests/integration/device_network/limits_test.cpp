// SPDX-License-Identifier: Apache-2.0
// A Mosquitto that keeps no more than so many messages for a device, or lets no more than so many in.
#include "integration/device/devices.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

#include <future>

using namespace muster;
using namespace muster::test;

namespace {

// Waits until the broker says that it has dropped so many messages; what it said last otherwise. It counts anew every second.
std::string dropped_by(const MosquittoProcess& broker, const std::string& expected) {
    ChildProcess reader({"mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(broker.port()), "-t",
                         "$SYS/broker/publish/messages/dropped", "-W", "10"});
    std::string said;
    while (said != expected) {
        auto line = reader.read_line(10s);
        if (!line) break;
        said = std::move(*line);
    }
    return said;
}

PublishOptions in_memory() {
    PublishOptions options;
    options.durability = Durability::memory;
    return options;
}

}  // namespace

TEST_CASE("a broker that drops what a slow device has no room for is the only one that drops, and the device goes on") {
    MosquittoProcess broker({"max_inflight_messages 5", "max_queued_messages 10", "sys_interval 1"});
    auto config = config_for(broker.url());
    config.inbox.acknowledge_within = 20s;
    Collected<std::string> handled;
    std::promise<void> release;
    auto is_released = release.get_future().share();
    auto device = open_device(std::move(config));
    REQUIRE(device->subscribe("command", Qos::at_least_once, [&](const Message& message) {
        handled.add(message.payload);
        is_released.wait_for(15s);
    }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    constexpr std::uint64_t sent = 200;
    // Every one of them is acknowledged to its publisher.
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "command", "-m", "many", "--repeat", std::to_string(sent)}) == 0);
    REQUIRE(handled.wait_for_count(1));
    release.set_value();
    // What is published once there is room comes, behind what was kept; dropped if the device is not done yet.
    const auto has_come = [&] { return handled.wait([](const auto& all) { return all.back() == "last"; }); };
    REQUIRE(handled.wait_for_count(10));
    REQUIRE(mosquitto_pub(broker, {"-q", "1", "-t", "command", "-m", "last"}) == 0);
    REQUIRE(has_come());
    REQUIRE(device->publish("a", "1", in_memory()));
    REQUIRE(device->wait_drained(20s));
    const auto status = device->stop(5s);
    CHECK(status.inbox.received < sent / 2);
    CHECK(status.inbox.handled == status.inbox.received);
    CHECK(status.inbox.dropped_full == 0);
    CHECK(status.inbox.acknowledged_early == 0);
    CHECK(handled.values().size() == status.inbox.received);
    const auto missing = std::to_string(sent + 1 - status.inbox.received);
    CHECK(dropped_by(broker, missing) == missing);
    CHECK(status.connects == 1);
    CHECK(status.outbox.delivered == 1);
}

TEST_CASE("a device that a full broker does not let in says so, waits, and gets in when there is room") {
    MosquittoProcess broker({"max_connections 1"});
    auto guest_config = config_for(broker.url());
    guest_config.client_id = "guest";
    auto guest = open_device(std::move(guest_config));
    REQUIRE(guest->start());
    REQUIRE(guest->wait_subscribed(20s));
    auto device = open_device(config_for(broker.url()));
    States states(*device);
    REQUIRE(device->publish("a", "1", in_memory()));
    REQUIRE(device->start());
    // Mosquitto closes the connection without a word: nothing says that somebody must mend it, so it is tried again soon.
    REQUIRE(states.wait(ConnectionState::waiting, 3));
    for (const auto& [state, status] : states.seen()) {
        CHECK((state == ConnectionState::connecting || state == ConnectionState::waiting));
        if (state != ConnectionState::waiting) continue;
        REQUIRE(status.last_error);
        CHECK(status.last_error->code() == Code::unreachable);
    }
    CHECK(device->status().outbox.waiting == 1);
    CHECK(guest->status().disconnects == 0);
    guest->stop(5s);
    REQUIRE(states.wait(ConnectionState::connected));
    REQUIRE(device->wait_drained(20s));
    const auto status = device->stop(5s);
    CHECK(status.outbox.delivered == 1);
    CHECK(accounts_hold(status.outbox));
}

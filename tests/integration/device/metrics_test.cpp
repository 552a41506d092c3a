// SPDX-License-Identifier: Apache-2.0
// What a device counts while brokers refuse it, take it, and lose it.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"
#include "support/prometheus_text.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace muster;
using namespace muster::test;

namespace {

const std::string connack("\x20\x03\x00\x00\x00", 5);
const std::string busy("\x20\x03\x00\x89\x00", 5);

}  // namespace

TEST_CASE("attempts, refusals and losses are counted by their reason") {
    ScriptedBroker broker({{Packet::connect, {busy, busy, connack}},
                           {Packet::publish, {ScriptedBroker::hang_up, "\x40\x04II\x97" + std::string(1, '\0'), "\x40\x02II"}}},
                          {{"secret/#", '\x87'}});
    auto config = config_for(broker.url());
    config.outbox.max_messages = 5;
    auto device = open_device(std::move(config));
    REQUIRE(device->subscribe("secret/#", Qos::at_least_once, [](const Message&) {}));
    REQUIRE(device->publish("topic", "payload"));
    REQUIRE(device->start());
    REQUIRE(device->wait_drained(20s));
    CHECK_FALSE(device->publish("topic/#", "1"));
    const Metrics metrics = device->metrics();
    CHECK(metrics.network.attempts == 4);
    CHECK(metrics.network.failed_attempts.of(Code::unavailable) == 2);
    CHECK(metrics.network.lost_connections.of(Code::unreachable) == 1);
    CHECK(metrics.status.disconnects == 1);
    CHECK(metrics.network.refused_messages.of(Code::unavailable) == 1);
    CHECK(metrics.network.refused_subscriptions == 2);
    CHECK(metrics.network.sent == 3);
    CHECK(metrics.network.sent_bytes == 3 * std::string("topicpayload").size());
    CHECK(metrics.network.in_flight == 0);
    CHECK(metrics.local.refused_publishes.of(Code::invalid_argument) == 1);
    CHECK(metrics.local.max_messages == 5);
}

TEST_CASE("readings in memory beyond the outbox's bound are refused and counted, one as the other") {
    auto config = config_for("mqtt://127.0.0.1:1");
    config.outbox_path.clear();
    config.outbox.max_messages = 50;
    config.classes = {{"t/#", {}}};
    config.classes.back().options.durability = Durability::memory;
    auto device = open_device(std::move(config));
    for (int i = 0; i < 50; ++i) REQUIRE(device->publish("t/1", "reading"));
    for (int i = 0; i < 3; ++i) CHECK(device->publish("t/1", "reading").error().code() == Code::full);
    CHECK_FALSE(device->publish("t/1", std::string(2'000, 'x')));
    const Metrics metrics = device->metrics();
    CHECK(metrics.local.refused_publishes.of(Code::full) == 4);
    CHECK(metrics.status.outbox.accepted == 50);
    CHECK(metrics.status.outbox.waiting == 50);
    device->stop(0ms);
    CHECK(device->publish("t/1", "reading").error().code() == Code::stopped);
    CHECK(device->status().outbox.dropped_stopped == 50);
}

TEST_CASE("the wait for the next attempt is told while it lasts") {
    ScriptedBroker broker({{Packet::connect, {busy}}});
    auto config = config_for(broker.url());
    config.backoff.base = 30min;
    config.backoff.cap = 30min;
    auto device = open_device(std::move(config));
    CHECK(device->metrics().next_attempt_in == 0ms);
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::waiting));
    const auto waited = device->metrics().next_attempt_in;
    CHECK(waited > 0ms);
    CHECK(waited <= 30min);
    device->stop(0ms);
    CHECK(device->metrics().next_attempt_in == 0ms);
}

TEST_CASE("counters are read from any thread while messages flow, and agree with each other") {
    MosquittoProcess broker;
    auto device = open_device(config_for(broker.url()));
    Collected<std::string> arrived;
    REQUIRE(device->subscribe("own", Qos::at_least_once, [&](const Message& message) { arrived.add(message.payload); }));
    REQUIRE(device->start());
    REQUIRE(device->wait_subscribed(20s));
    std::atomic<bool> is_over{false};
    std::atomic<bool> is_wrong{false};
    std::thread reader([&] {
        while (!is_over) {
            const Metrics metrics = device->metrics();
            if (!accounts_hold(metrics.status.outbox) || metrics.network.in_flight > metrics.network.window) is_wrong = true;
        }
    });
    constexpr std::size_t count = 500;
    for (std::size_t i = 0; i < count; ++i) CHECK(device->publish("own", "12345"));
    const bool is_drained = device->wait_drained(20s).ok();
    const bool all_came = arrived.wait_for_count(count);
    is_over = true;
    reader.join();
    CHECK(is_drained);
    CHECK(all_came);
    CHECK_FALSE(is_wrong);
    const PrometheusText text(metrics_text(device->metrics()));
    CHECK(text.value("muster_connection_state", {{"state", "connected"}}) == "1");
    CHECK(text.value("muster_outbox_delivered_total") == "500");
    CHECK(text.value("muster_messages_sent_total") == "500");
    CHECK(text.value("muster_sent_bytes_total") == "4000");
    CHECK(text.value("muster_received_bytes_total") == "4000");
    CHECK(text.value("muster_messages_received_total") == "500");
}

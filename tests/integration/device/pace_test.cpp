// SPDX-License-Identifier: Apache-2.0
// The backlog of a real device goes at its pace; an alarm and whoever waits do not wait for it.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace muster;
using namespace muster::test;

TEST_CASE("a backlog waits for its pace, an alarm passes it, and somebody who waits gets all of it") {
    MosquittoProcess broker;
    auto config = config_for(broker.url());
    config.drain = DrainConfig{1, 0, 0ms};
    TopicClass alarm = make_class(ClassPreset::alarm, "alarm");
    alarm.options.durability = Durability::memory;
    config.classes = {alarm};
    auto device = open_device(std::move(config));
    constexpr std::uint64_t backlog = 200;
    for (std::uint64_t i = 0; i < backlog; ++i) REQUIRE(device->publish("n", std::to_string(i)));

    auto listening = config_for(broker.url());
    listening.client_id = "receiver";
    auto receiver = open_device(std::move(listening));
    const auto heard = std::make_shared<Collected<std::string>>();
    REQUIRE(receiver->subscribe("#", Qos::at_least_once, [heard](const Message& message) { heard->add(message.topic); }));
    REQUIRE(receiver->start());
    REQUIRE(receiver->wait_subscribed(20s));

    REQUIRE(device->start());
    REQUIRE(heard->wait_for_count(3));
    REQUIRE(device->publish("alarm", "fire"));
    REQUIRE(heard->wait([](const auto& topics) { return std::find(topics.begin(), topics.end(), "alarm") != topics.end(); }));
    CHECK(device->status().outbox.waiting > backlog / 2);
    REQUIRE(device->wait_drained(20s));
    CHECK(heard->wait_for_count(backlog + 1));
}

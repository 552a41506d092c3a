// SPDX-License-Identifier: Apache-2.0
// What was accepted arrives: through outages, restarts and several publishing threads.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

using namespace muster;
using namespace muster::test;

namespace {

const std::vector<std::string> durable{"persistence true"};

// How many of `<topic> 0` to `<topic> count-1` are among the lines.
std::size_t distinct(const std::vector<std::string>& lines, const std::string& topic, std::size_t count) {
    const std::set<std::string> seen(lines.begin(), lines.end());
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; ++i) found += seen.count(topic + " " + std::to_string(i));
    return found;
}

// Each message's first arrival, in the order of arrival.
std::vector<std::string> first_arrivals(const std::vector<std::string>& lines) {
    std::set<std::string> seen;
    std::vector<std::string> first;
    for (const auto& line : lines) {
        if (seen.insert(line).second) first.push_back(line);
    }
    return first;
}

}  // namespace

TEST_CASE("500 messages published while the broker stops and comes back all arrive, in order") {
    MosquittoProcess broker(durable);
    MosquittoSubscriber subscriber(broker, "telemetry/#");
    TemporaryDirectory directory;
    auto device = open_device(config_for(broker.url(), directory / "outbox.db"));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    constexpr std::size_t count = 500;
    for (std::size_t i = 0; i < count; ++i) {
        if (i == 150) broker.stop();
        if (i == 350) broker.start();
        REQUIRE(device->publish("telemetry/load", std::to_string(i)));
    }
    CHECK(device->wait_drained(20s).ok());
    const auto status = device->status();
    CHECK(status.outbox.accepted == count);
    CHECK(status.outbox.delivered == count);
    CHECK(status.outbox.dropped() == 0);
    CHECK(status.connects >= 2);
    CHECK(accounts_hold(status.outbox));

    const auto lines = subscriber.collect();
    CHECK(distinct(lines, "telemetry/load", count) == count);
    const auto first = first_arrivals(lines);
    REQUIRE(first.size() == count);
    for (std::size_t i = 0; i < count; ++i) CHECK(first[i] == "telemetry/load " + std::to_string(i));
}

TEST_CASE("what was in flight when the broker died is sent again") {
    MosquittoProcess broker;
    TemporaryDirectory directory;
    auto device = open_device(config_for(broker.url(), directory / "outbox.db"));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    broker.kill();
    for (int i = 0; i < 200; ++i) REQUIRE(device->publish("a", std::to_string(i)));
    REQUIRE(states.wait(ConnectionState::waiting));
    broker.start();
    CHECK(device->wait_drained(20s).ok());
    const auto counts = device->status().outbox;
    CHECK(counts.delivered == 200);
    CHECK(accounts_hold(counts));
}

TEST_CASE("what was published without a connection is sent by the next run") {
    MosquittoProcess broker(durable);
    MosquittoSubscriber subscriber(broker, "telemetry/#");
    TemporaryDirectory directory;
    const auto config = config_for(broker.url(), directory / "outbox.db");
    constexpr std::size_t count = 50;
    {
        auto device = open_device(config);  // Never started.
        for (std::size_t i = 0; i < count; ++i) REQUIRE(device->publish("telemetry/load", std::to_string(i)));
        const auto status = device->stop(0ms);
        CHECK(status.outbox.waiting == count);
    }
    auto device = open_device(config);
    CHECK(device->status().outbox.waiting == count);
    REQUIRE(device->start());
    CHECK(device->wait_drained(20s).ok());
    CHECK(device->stop(5s).outbox.delivered == count);
    CHECK(distinct(subscriber.collect(), "telemetry/load", count) == count);
}

TEST_CASE("several threads may publish at once, and each one's order is kept") {
    MosquittoProcess broker(durable);
    MosquittoSubscriber subscriber(broker, "telemetry/#");
    TemporaryDirectory directory;
    auto device = open_device(config_for(broker.url(), directory / "outbox.db"));
    REQUIRE(device->start());
    constexpr std::size_t threads = 4;
    constexpr std::size_t each = 100;
    std::atomic<int> failures{0};
    std::vector<std::thread> publishers;
    for (std::size_t t = 0; t < threads; ++t) {
        publishers.emplace_back([&, topic = "telemetry/" + std::to_string(t)] {
            for (std::size_t i = 0; i < each; ++i) failures += device->publish(topic, std::to_string(i)).ok() ? 0 : 1;
        });
    }
    for (auto& publisher : publishers) publisher.join();
    CHECK(failures == 0);
    CHECK(device->wait_drained(20s).ok());
    const auto first = first_arrivals(subscriber.collect());
    CHECK(first.size() == threads * each);
    std::map<std::string, int> next;
    for (const auto& line : first) {
        const auto space = line.find(' ');
        CHECK(std::stoi(line.substr(space + 1)) == next[line.substr(0, space)]++);
    }
}

TEST_CASE("QoS 0 and QoS 2 are delivered and counted, too") {
    MosquittoProcess broker;
    TemporaryDirectory directory;
    auto device = open_device(config_for(broker.url(), directory / "outbox.db"));
    REQUIRE(device->start());
    for (const auto qos : {Qos::at_most_once, Qos::exactly_once}) {
        PublishOptions options;
        options.qos = qos;
        for (int i = 0; i < 20; ++i) REQUIRE(device->publish("a", std::to_string(i), options));
    }
    CHECK(device->wait_drained(20s).ok());
    CHECK(device->status().outbox.delivered == 40);
}

// SPDX-License-Identifier: Apache-2.0
// A network that says nothing: the device notices, in a time that is known, and tries again.
#include "integration/device/devices.hpp"
#include "support/faulty_proxy.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace muster;
using namespace muster::test;

namespace {

using Steady = std::chrono::steady_clock;

// Paho looks at its clock once a second: with a shorter one the three keep-alives would be a matter of luck.
constexpr auto keep_alive = 5s;
constexpr auto connect_timeout = 2s;
const Wire swallow{Strike::swallow, 0, 0, 0ms};
const Wire trickle{Strike::nothing, 0, 5, 0ms};  // 5 bytes a second: a CONNECT takes several times the connect timeout.
const Wire whole{};

DeviceConfig config_behind(const FaultyProxy& proxy, const std::string& client_id = "press-01") {
    auto config = config_for(proxy.url());
    config.client_id = client_id;
    config.backoff.base = 10ms;
    config.backoff.cap = 50ms;
    config.keep_alive = keep_alive;
    config.connect_timeout = connect_timeout;
    return config;
}

PublishOptions in_memory(Qos qos = Qos::at_least_once) {
    PublishOptions options;
    options.durability = Durability::memory;
    options.qos = qos;
    return options;
}

struct Case {
    const char* name;
    Wires wires;
    int messages = 0;  // Published once the network is bad.
    Qos qos = Qos::at_least_once;
    std::size_t payload_bytes = 1;
};

struct Outcome {
    bool is_noticed = false;
    Steady::duration took{};
    bool is_back = false;
    Status status;
    ProxyCounts proxy;
};

// Connects over a good network, which then becomes the case's; new connections are good again.
Outcome lose_network(const MosquittoProcess& broker, const Case& one, const std::string& client_id) {
    Outcome outcome;
    FaultyProxy proxy(broker.port());
    auto device = open_device(config_behind(proxy, client_id));
    States states(*device);
    if (!device->start() || !states.wait(ConnectionState::connected)) return outcome;
    proxy.strike(one.wires);
    const auto struck = Steady::now();
    bool accepted = true;
    for (int i = 0; i < one.messages; ++i) {
        accepted = device->publish("a", std::string(one.payload_bytes, 'x'), in_memory(one.qos)).ok() && accepted;
    }
    outcome.is_noticed = accepted && states.wait(ConnectionState::waiting);
    outcome.took = Steady::now() - struck;
    outcome.is_back = states.wait(ConnectionState::connected, 2) && device->wait_drained(10s).ok();
    outcome.status = device->stop(5s);
    outcome.proxy = proxy.counts();
    return outcome;
}

// All at once: most of it is waiting.
std::vector<Outcome> lose_networks(const std::vector<Case>& cases) {
    MosquittoProcess broker;
    std::vector<Outcome> outcomes(cases.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        threads.emplace_back([&, i] { outcomes[i] = lose_network(broker, cases[i], "press-" + std::to_string(i)); });
    }
    for (auto& thread : threads) thread.join();
    return outcomes;
}

double seconds(Steady::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

TEST_CASE("a connection whose other end is silent is given up within three keep-alives") {
    constexpr std::size_t large = 200'000;  // Times the number, this is more than the sockets' buffers take: writes stall.
    const Wire stalled{Strike::stop_reading, 0, 0, 0ms};
    const std::vector<Case> cases{
        {"half-open, idle", both_ways(swallow)},
        {"half-open, messages in flight", both_ways(swallow), 10},
        {"half-open, QoS 0", both_ways(swallow), 10, Qos::at_most_once},
        {"nothing comes, idle", {whole, swallow}},
        {"nothing comes, messages in flight", {whole, swallow}, 10},
        {"nothing arrives, idle", {swallow, whole}},
        {"nothing arrives, messages in flight", {swallow, whole}, 10},
        {"nothing is read, idle", {stalled, whole}},
        {"nothing is read, writes stall", {stalled, whole}, 60, Qos::at_least_once, large},
    };
    const auto outcomes = lose_networks(cases);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto& outcome = outcomes[i];
        INFO(cases[i].name << ": " << seconds(outcome.took) << " s");
        CHECK(outcome.is_noticed);
        CHECK(seconds(outcome.took) < seconds(3 * keep_alive));
        CHECK(outcome.proxy.strikes >= 1);
        CHECK(outcome.is_back);
        CHECK(outcome.proxy.connections <= 4);  // It may wait for Paho, whose one thread serves them all, but it does not hurry.
        CHECK(outcome.status.outbox.waiting == 0);
        CHECK(outcome.status.outbox.delivered == static_cast<std::uint64_t>(cases[i].messages));
        CHECK(accounts_hold(outcome.status.outbox));
    }
}

TEST_CASE("an attempt at a broker that is silent, or says one byte at a time, ends with the connect timeout") {
    const std::vector<Case> cases{{"silence after accept", both_ways(swallow)},
                                  {"no CONNACK", {whole, swallow}},
                                  {"a CONNECT that trickles", {trickle, whole}},
                                  {"a CONNACK that trickles", {whole, trickle}}};
    const auto one = GENERATE_COPY(from_range(cases));
    INFO(one.name);
    MosquittoProcess broker;
    FaultyProxy proxy(broker.port(), [&](std::size_t nth) { return nth == 0 ? one.wires : Wires{}; });
    auto device = open_device(config_behind(proxy));
    States states(*device);
    REQUIRE(device->publish("a", "1", in_memory()));
    const auto start = Steady::now();
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::waiting));
    const auto took = seconds(Steady::now() - start);
    CHECK(took >= seconds(connect_timeout));
    CHECK(took < seconds(connect_timeout + 1s));
    CHECK(states.seen().back().second.last_error->code() == Code::timeout);
    CHECK(device->wait_drained(20s).ok());
    const auto status = device->stop(5s);
    CHECK(status.outbox.delivered == 1);
    CHECK(accounts_hold(status.outbox));
    CHECK(proxy.counts().connections == 2);
}

TEST_CASE("a SUBSCRIBE that nobody answers ends the connection with the connect timeout") {
    MosquittoProcess broker;
    FaultyProxy proxy(broker.port());
    auto device = open_device(config_behind(proxy));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    proxy.strike({whole, swallow});
    const auto struck = Steady::now();
    REQUIRE(device->subscribe("a", Qos::at_least_once, [](const Message&) {}));
    REQUIRE(states.wait(ConnectionState::waiting));
    const auto took = seconds(Steady::now() - struck);
    CHECK(took >= seconds(connect_timeout));
    CHECK(took < seconds(connect_timeout + 1s));
    CHECK(proxy.counts().strikes == 1);
    CHECK(device->wait_subscribed(20s).ok());
}

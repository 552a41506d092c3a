// SPDX-License-Identifier: Apache-2.0
// One address, behind which a load balancer has two brokers that know nothing of each other: any node will do.
#include "integration/device/devices.hpp"
#include "support/haproxy_process.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <set>

using namespace muster;
using namespace muster::test;

namespace {

using Steady = std::chrono::steady_clock;

constexpr auto keep_alive = 10s;
constexpr std::size_t each = 400;  // Their lines fit into the pipe of whoever counts them.

// A broker, and who counts what it has been given: at QoS 0, written there before the publisher gets its acknowledgement.
struct Node {
    Node() { count(); }
    void count() {
        counter = std::make_unique<ChildProcess>(std::vector<std::string>{"mosquitto_sub", "-h", "127.0.0.1", "-p",
                                                                          std::to_string(broker.port()), "-t", "readings/#", "-F", "%p"});
        // It is subscribed when the first message comes.
        while (counter->read_line(50ms) != "begin") REQUIRE(mosquitto_pub(broker, {"-t", "readings/x", "-m", "begin"}) == 0);
    }
    MosquittoProcess broker;
    std::unique_ptr<ChildProcess> counter;
};

// The nodes' counters may be asked only until all is there: nobody tells the end of what a dead node was given.
std::size_t count_missing(std::array<Node, 2>& nodes, std::size_t from, Steady::duration patience = 10s) {
    std::set<std::string> missing;
    for (auto i = from; i < from + each; ++i) missing.insert(std::to_string(i));
    for (const auto deadline = Steady::now() + patience; !missing.empty() && Steady::now() < deadline;) {
        for (auto& node : nodes) {
            while (const auto line = node.counter->read_line(20ms)) missing.erase(*line);
        }
    }
    return missing.size();
}

PublishOptions at(Qos qos) {
    PublishOptions options;
    options.durability = Durability::memory;
    options.qos = qos;
    return options;
}

struct Stage {
    Stage() : balancer({nodes[0].broker.port(), nodes[1].broker.port()}) {
        auto config = config_for(balancer.url());
        config.keep_alive = keep_alive;
        device = open_device(std::move(config));
        states = std::make_unique<States>(*device);
        REQUIRE(device->subscribe("command", Qos::at_least_once, [heard = heard](const Message& message) { heard->add(message.payload); }));
        REQUIRE(device->start());
        REQUIRE(device->wait_subscribed(20s));
    }
    // Says something at both nodes; the device is where it hears it from.
    std::size_t find_device() {
        const auto before = heard->values().size();
        for (std::size_t i = 0; i < nodes.size(); ++i)
            REQUIRE(mosquitto_pub(nodes[i].broker, {"-q", "1", "-t", "command", "-m", std::to_string(i)}) == 0);
        REQUIRE(heard->wait_for_count(before + 1));
        return std::stoul(heard->values()[before]);
    }

    std::array<Node, 2> nodes;
    HaproxyProcess balancer;
    std::shared_ptr<Collected<std::string>> heard = std::make_shared<Collected<std::string>>();
    std::unique_ptr<Device> device;
    std::unique_ptr<States> states;
};

}  // namespace

TEST_CASE("behind a load balancer the device goes on at the other node when one is killed, and loses nothing") {
    Stage stage;
    constexpr std::size_t rounds = 2;
    for (std::size_t round = 0; round < rounds; ++round) {
        const auto lost = stage.find_device();
        Steady::time_point killed;
        for (std::size_t i = 0; i < each; ++i) {
            if (i == each / 2) {
                stage.nodes[lost].broker.kill();
                killed = Steady::now();
            }
            REQUIRE(stage.device->publish("readings/x", std::to_string(round * each + i), at(Qos::at_least_once)));
        }
        REQUIRE(stage.states->wait(ConnectionState::connected, round + 2));
        CHECK(Steady::now() - killed < keep_alive);
        REQUIRE(stage.device->wait_drained(20s));
        CHECK(count_missing(stage.nodes, round * each) == 0);
        // The node that is there, and the subscription with it.
        const auto other = 1 - lost;
        const auto before = stage.heard->values().size();
        REQUIRE(mosquitto_pub(stage.nodes[other].broker, {"-q", "1", "-t", "command", "-m", "on"}) == 0);
        REQUIRE(stage.heard->wait_for_count(before + 1));
        stage.nodes[lost].broker.start();
        stage.nodes[lost].count();
    }
    const auto status = stage.device->stop(5s);
    CHECK(status.disconnects == rounds);
    CHECK(status.outbox.delivered == rounds * each);
    CHECK(accounts_hold(status.outbox));
}

TEST_CASE("the same count finds what goes with the node where nobody acknowledges") {
    Stage stage;
    const auto lost = stage.find_device();
    for (std::size_t i = 0; i < each; ++i) {
        // A node that has stopped, but is not dead yet, takes what it will never give to anybody.
        if (i == each / 2) stage.nodes[lost].broker.freeze();
        REQUIRE(stage.device->publish("readings/x", std::to_string(i), at(Qos::at_most_once)));
    }
    REQUIRE(stage.device->wait_drained(20s));
    stage.nodes[lost].broker.kill();
    REQUIRE(stage.states->wait(ConnectionState::connected, 2));
    CHECK(count_missing(stage.nodes, 0, 1s) > 0);
    stage.device->stop(5s);
}

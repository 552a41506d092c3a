// SPDX-License-Identifier: Apache-2.0
// Shared subscriptions: whose turn it is, who is in which group, and what becomes of the messages of a member that is gone.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

/// An application that has subscribed; its SUBACK is swallowed.
core::ConnectionId member(Stage& stage, const std::string& id, std::string_view filter, Qos qos = Qos::at_least_once,
                          const wire::Connect& connect = lasting(), const std::string& tenant = "acme") {
    const auto connection = stage.application(id, tenant, connect);
    stage.subscribe(connection, filter, qos);
    CHECK(stage.take(connection) == Lines{"suback " + std::to_string(static_cast<int>(qos))});
    return connection;
}

void lose(Stage& stage, core::ConnectionId id) {
    stage.core.connection_lost(id, stage.clock.now());
}

void unsubscribe(Stage& stage, core::ConnectionId id, std::string_view filter) {
    wire::Unsubscribe packet;
    packet.packet_id = 1;
    packet.filters = {filter};
    stage.say(id, packet);
}

}  // namespace

TEST_CASE("the connected members of a group take turns, at the lower QoS of subscription and message") {
    Stage stage;
    const auto one = member(stage, "one", "$share/g/+/t");
    const auto two = member(stage, "two", "$share/g/+/t", Qos::at_most_once);
    const auto three = member(stage, "three", "$share/g/+/t");
    const auto device = stage.device("press-01");
    for (int i = 0; i < 9; ++i) stage.publish(device, "t", "m", i < 6 ? Qos::at_least_once : Qos::at_most_once);
    CHECK(stage.take(one) == Lines{"press-01/t=m q1", "press-01/t=m q1", "press-01/t=m q0"});
    CHECK(stage.take(two) == Lines{"press-01/t=m q0", "press-01/t=m q0", "press-01/t=m q0"});
    CHECK(stage.take(three) == Lines{"press-01/t=m q1", "press-01/t=m q1", "press-01/t=m q0"});
}

TEST_CASE("every group gets a message, and so does every plain subscription of the same client") {
    Stage stage;
    const auto app = member(stage, "one", "$share/g/+/t");
    stage.subscribe(app, "$share/h/+/t");
    stage.subscribe(app, "$share/g/#");
    stage.subscribe(app, "#");
    stage.take(app);
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "m");
    CHECK(stage.take(app) == Lines(4, "press-01/t=m q0"));
    stage.publish(device, "t", "m", Qos::at_least_once);
    CHECK(stage.take(device) == Lines{"puback 0"});
}

TEST_CASE("a shared subscription without a group, or with no-local, is refused as the specification says") {
    Stage stage;
    const auto app = stage.application("dash");
    for (const auto* filter :
         {"$share/", "$share/g", "$share/g/", "$share//t", "$share/+/t", "$share/g#/t", "$share/g/a#", "$share/g/#/a"}) {
        stage.subscribe(app, filter);
        INFO(filter);
        CHECK(stage.take(app) == Lines{"suback 143"});
    }
    wire::Subscribe packet;
    packet.packet_id = 1;
    packet.requests.push_back({"a", Qos::at_least_once, true, false, 0});
    packet.requests.push_back({"$share/g/t", Qos::at_least_once, true, false, 0});
    stage.say(app, packet);
    CHECK(stage.take(app) == Lines{"disconnect 130"});
}

TEST_CASE("a 3.1.1 client may share too, and is told so where its filter is wrong") {
    Stage stage;
    wire::Connect connect;
    connect.version = wire::Version::v311;
    const auto app = member(stage, "dash", "$share/g/#", Qos::at_least_once, connect);
    stage.subscribe(app, "$share/g");
    CHECK(stage.take(app) == Lines{"suback 128"});
    stage.publish(stage.device("press-01"), "t", "1");
    CHECK(stage.take(app) == Lines{"press-01/t=1 q0"});
}

TEST_CASE("a shared subscription gets no retained messages, and its options and identifier count") {
    Stage stage;
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "kept", Qos::at_least_once, true);
    const auto app = stage.application("dash");
    wire::Subscribe packet;
    packet.packet_id = 1;
    packet.requests.push_back({"$share/g/#", Qos::at_least_once, false, true, 0});
    packet.properties.subscription_identifiers.push_back(7);
    stage.say(app, packet);
    CHECK(stage.take(app) == Lines{"suback 1"});
    stage.publish(device, "t", "1", Qos::at_most_once, true);
    CHECK(stage.take(app) == Lines{"press-01/t=1 q0 retained"});
    CHECK(stage.last<wire::Publish>(app).properties.subscription_identifiers == std::vector<std::uint32_t>{7});
    stage.subscribe(app, "$share/g/#", Qos::at_most_once);
    stage.take(app);
    stage.publish(device, "t", "2", Qos::at_least_once, true);
    CHECK(stage.take(app) == Lines{"press-01/t=2 q0"});
}

TEST_CASE("members that are away are passed over while one is connected, and queue in turns while none is") {
    Stage stage;
    const auto one = member(stage, "one", "$share/g/#");
    const auto two = member(stage, "two", "$share/g/#");
    const auto device = stage.device("press-01");
    lose(stage, one);
    for (const auto* payload : {"1", "2"}) stage.publish(device, "t", payload, Qos::at_least_once);
    CHECK(stage.take(two) == Lines{"press-01/t=1 q1", "press-01/t=2 q1"});
    while (stage.acknowledge_oldest(two)) {
    }
    lose(stage, two);
    for (const auto* payload : {"3", "4"}) stage.publish(device, "t", payload, Qos::at_least_once);
    const auto first = stage.come_back("one", lasting());
    const auto second = stage.come_back("two", lasting());
    CHECK(first.size() == 2);
    CHECK(second.size() == 2);
    CHECK(first.back() != second.back());
}

TEST_CASE("a group whose filter begins with a wildcard is not shown topics that begin with a dollar sign") {
    Stage stage;
    const auto app = member(stage, "dash", "$share/g/#");
    const auto device = stage.device("press-01");
    stage.subscribe(device, "$share/g/#");
    stage.take(device);
    stage.publish(app, "$hidden/t", "1");
    stage.publish(device, "$hidden/t", "2");
    CHECK(stage.take(app) == Lines{"press-01/$hidden/t=2 q0"});
    CHECK(stage.take(device).empty());
}

TEST_CASE("a device of an isolated tenant shares with nobody, whatever its group is called") {
    Stage stage;
    const auto one = stage.device("press-01");
    const auto two = stage.device("press-02");
    for (const auto device : {one, two}) {
        for (const auto* filter : {"$share/g/t", "$share/g/#", "$share/g/press-01/t"}) stage.subscribe(device, filter);
        stage.take(device);
    }
    const auto app = member(stage, "dash", "$share/g/press-01/t");
    const auto elsewhere = member(stage, "dash", "$share/g/press-01/t", Qos::at_least_once, {}, "other");
    for (const auto* payload : {"1", "2"}) stage.publish(one, "t", payload);
    CHECK(stage.take(one) == Lines{"t=1 q0", "t=1 q0", "t=2 q0", "t=2 q0"});
    CHECK(stage.take(two).empty());
    CHECK(stage.take(app) == Lines{"press-01/t=1 q0", "press-01/t=2 q0"});
    CHECK(stage.take(elsewhere).empty());
}

TEST_CASE("the devices of a flat tenant share with each other") {
    Stage stage;
    const auto one = stage.device("a", "flat");
    const auto two = stage.device("b", "flat");
    for (const auto device : {one, two}) {
        stage.subscribe(device, "$share/g/t");
        stage.take(device);
    }
    for (const auto* payload : {"1", "2"}) stage.publish(one, "t", payload);
    CHECK(stage.take(one).size() == 1);
    CHECK(stage.take(two).size() == 1);
}

TEST_CASE("what a member had not acknowledged goes to the others in its order once its session ends, not before") {
    Stage stage;
    wire::Connect narrow = lasting(10);
    narrow.properties.receive_maximum = std::uint16_t{2};
    const auto one = member(stage, "one", "$share/g/#", Qos::at_least_once, narrow);
    const auto device = stage.device("press-01");
    for (const auto* payload : {"1", "2", "3"}) stage.publish(device, "t", payload, Qos::at_least_once);
    CHECK(stage.take(one) == Lines{"press-01/t=1 q1", "press-01/t=2 q1"});
    const auto two = member(stage, "two", "$share/g/#");
    stage.acknowledge_oldest(one);
    stage.take(one);
    lose(stage, one);
    stage.advance(9s);
    CHECK(stage.take(two).empty());
    stage.advance(1s);
    CHECK(stage.take(two) == Lines{"press-01/t=2 q1", "press-01/t=3 q1"});
}

TEST_CASE("what was begun at QoS 2 is given to nobody else, what waited unsent is") {
    Stage stage;
    wire::Connect narrow;
    narrow.properties.receive_maximum = std::uint16_t{1};
    const auto one = member(stage, "one", "$share/g/#", Qos::exactly_once, narrow);
    for (const std::string id : {"press-01", "press-02"}) stage.publish(stage.device(id), "t", "m", Qos::exactly_once);
    CHECK(stage.take(one) == Lines{"press-01/t=m q2"});
    const auto two = member(stage, "two", "$share/g/#", Qos::exactly_once);
    lose(stage, one);
    CHECK(stage.take(two) == Lines{"press-02/t=m q2"});
}

TEST_CASE("a client that starts clean leaves what waited for it to the others, as one whose session ends with its connection") {
    Stage stage;
    const auto one = member(stage, "one", "$share/g/#");
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::at_least_once);
    const auto two = member(stage, "two", "$share/g/#", Qos::at_least_once, {});
    CHECK(stage.take(one) == Lines{"press-01/t=1 q1"});
    const auto again = stage.application("one");
    CHECK(stage.take(two) == Lines{"press-01/t=1 q1"});
    stage.subscribe(again, "$share/g/#");
    stage.take(again);
    lose(stage, two);
    CHECK(stage.take(again) == Lines{"press-01/t=1 q1"});
}

TEST_CASE("a member that unsubscribes keeps what it was sent, and the others get what waited for it") {
    Stage stage;
    wire::Connect narrow;
    narrow.properties.receive_maximum = std::uint16_t{1};
    const auto one = member(stage, "one", "$share/g/#", Qos::at_least_once, narrow);
    stage.subscribe(one, "+/u");
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::at_least_once);
    stage.publish(device, "u", "2", Qos::at_least_once);
    stage.take(one);
    const auto two = member(stage, "two", "$share/g/#");
    unsubscribe(stage, one, "$share/g/#");
    CHECK(stage.take(one) == Lines{"unsuback 0"});
    CHECK(stage.take(two) == Lines{"press-01/u=2 q1"});
    stage.acknowledge_oldest(one);
    CHECK(stage.take(one) == Lines{"press-01/u=2 q1"});
    unsubscribe(stage, one, "$share/g/#");
    CHECK(stage.take(one) == Lines{"unsuback 17"});
    stage.publish(device, "t", "3", Qos::at_least_once);
    CHECK(stage.take(one).empty());
    CHECK(stage.take(two) == Lines{"press-01/t=3 q1"});
}

TEST_CASE("when the last member leaves, its messages and the group are no more") {
    Stage stage;
    const auto one = member(stage, "one", "$share/g/#");
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::at_least_once);
    unsubscribe(stage, one, "$share/g/#");
    lose(stage, one);
    stage.advance(101s);
    stage.take(device);
    stage.publish(device, "t", "2", Qos::at_least_once);
    CHECK(stage.take(device) == Lines{"puback 16"});
    const auto two = member(stage, "two", "$share/g/#");
    stage.publish(device, "t", "3", Qos::at_least_once);
    CHECK(stage.take(two) == Lines{"press-01/t=3 q1"});
}

TEST_CASE("over random comings and goings every message reaches exactly one member, and those that stay take fair turns") {
    SeededRandom random(48);
    Stage stage;
    const auto device = stage.device("press-01");
    std::map<std::string, core::ConnectionId> connected;
    std::map<std::string, int> seen;
    for (int i = 0; i < 2'000; ++i) {
        const std::string id = "app-" + std::to_string(base::draw_up_to(random, 7));
        const auto found = connected.find(id);
        if (found == connected.end()) {
            connected[id] = member(stage, id, "$share/g/#", Qos::at_least_once, {});
        } else if (connected.size() > 1) {
            lose(stage, found->second);
            connected.erase(found);
        }
        for (const auto& [name, connection] : connected) {
            for (std::size_t left = connected.size(); left > 0; --left) stage.acknowledge_oldest(connection);
            stage.take(connection);
        }
        const std::string payload = std::to_string(i);
        for (std::size_t turn = 0; turn < connected.size(); ++turn) stage.publish(device, "t", payload, Qos::at_least_once);
        for (const auto& [name, connection] : connected) REQUIRE(stage.take(connection) == Lines{"press-01/t=" + payload + " q1"});
    }
}

}  // namespace muster::test

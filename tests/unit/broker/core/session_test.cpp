// SPDX-License-Identifier: Apache-2.0
// What is kept for a client that is away or slow.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

wire::Connect lasting(std::uint32_t expiry_s) {
    wire::Connect connect;
    connect.clean_start = false;
    connect.properties.session_expiry_interval = expiry_s;
    return connect;
}

void acknowledge(Stage& stage, core::ConnectionId id, wire::PacketId packet_id) {
    wire::Puback ack;
    ack.packet_id = packet_id;
    stage.say(id, ack);
}

}  // namespace

TEST_CASE("QoS 1 messages wait for a session that is away, in their order; QoS 0 do not") {
    Stage stage;
    const auto app = stage.application("dash", "acme", lasting(100));
    stage.subscribe(app, "#");
    stage.core.connection_lost(app, stage.clock.now());
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::at_least_once);
    stage.publish(device, "t", "0", Qos::at_most_once);
    stage.publish(device, "t", "2", Qos::at_least_once);
    const auto again = stage.open({});
    auto connect = lasting(100);
    connect.client_id = "dash";
    connect.username = "acme/app";
    connect.password = "pw";
    stage.say(again, connect);
    CHECK(stage.take(again) == Lines{"connack 0 present", "press-01/t=1 q1", "press-01/t=2 q1"});
}

TEST_CASE("what was not acknowledged is sent again with DUP, before anything new") {
    Stage stage;
    const auto app = stage.application("dash", "acme", lasting(100));
    stage.subscribe(app, "#");
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::at_least_once);
    stage.take(app);
    const auto first = stage.last_packet_id;
    stage.publish(device, "t", "2", Qos::at_least_once);
    acknowledge(stage, app, first);
    stage.core.connection_lost(app, stage.clock.now());
    stage.publish(device, "t", "3", Qos::at_least_once);
    const auto again = stage.open({});
    auto connect = lasting(100);
    connect.client_id = "dash";
    connect.username = "acme/app";
    connect.password = "pw";
    stage.say(again, connect);
    CHECK(stage.take(again) == Lines{"connack 0 present", "press-01/t=2 q1 dup", "press-01/t=3 q1"});
}

TEST_CASE("a session ends at its expiry, or with its connection if it has none") {
    Stage stage;
    const auto app = stage.application("dash", "acme", lasting(10));
    stage.subscribe(app, "#");
    stage.core.connection_lost(app, stage.clock.now());
    stage.advance(11s);
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::at_least_once);
    CHECK(stage.take(device) == Lines{"puback 16"});
}

TEST_CASE("a clean start forgets what the session had") {
    Stage stage;
    const auto app = stage.application("dash", "acme", lasting(100));
    stage.subscribe(app, "#");
    stage.core.connection_lost(app, stage.clock.now());
    stage.application("dash");
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::at_least_once);
    CHECK(stage.take(device) == Lines{"puback 16"});
}

TEST_CASE("a takeover without clean start keeps the session") {
    Stage stage;
    const auto first = stage.application("dash", "acme", lasting(0));
    stage.subscribe(first, "#");
    const auto second = stage.application("dash", "acme", lasting(0));
    stage.publish(stage.device("press-01"), "t", "1");
    CHECK(stage.take(second) == Lines{"press-01/t=1 q0"});
}

TEST_CASE("no more is in flight than the client's receive maximum") {
    Stage stage;
    wire::Connect connect;
    connect.properties.receive_maximum = std::uint16_t{2};
    const auto app = stage.application("dash", "acme", connect);
    stage.subscribe(app, "#");
    stage.take(app);
    const auto device = stage.device("press-01");
    for (const auto* payload : {"1", "2", "3"}) stage.publish(device, "t", payload, Qos::at_least_once);
    CHECK(stage.take(app).size() == 2);
    acknowledge(stage, app, stage.last_packet_id);
    CHECK(stage.take(app) == Lines{"press-01/t=3 q1"});
}

TEST_CASE("a packet larger than the client takes is not sent, and the next one is") {
    Stage stage;
    wire::Connect connect;
    connect.properties.maximum_packet_size = 64U;
    const auto app = stage.application("dash", "acme", connect);
    stage.subscribe(app, "#");
    stage.take(app);
    const auto device = stage.device("press-01");
    stage.publish(device, "t", std::string(100, 'x'), Qos::at_least_once);
    stage.publish(device, "t", "small", Qos::at_least_once);
    CHECK(stage.take(app) == Lines{"press-01/t=small q1"});
}

TEST_CASE("a slow client's queue is bounded: the oldest are dropped and counted, QoS 0 at once") {
    core::Limits limits;
    limits.max_queued = 3;
    Stage stage(limits);
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    stage.congested.insert(app);
    const auto device = stage.device("press-01");
    for (const auto* payload : {"1", "2", "3", "4", "5"}) stage.publish(device, "t", payload, Qos::at_least_once);
    stage.publish(device, "t", "zero");
    CHECK(stage.take(app).empty());
    CHECK(stage.core.counters().deliveries.queue_full == 3);
    stage.congested.clear();
    stage.core.writable(app, stage.clock.now());
    CHECK(stage.take(app) == Lines{"press-01/t=3 q1", "press-01/t=4 q1", "press-01/t=5 q1"});
}

TEST_CASE("a message that expires in the queue is not delivered") {
    Stage stage;
    const auto app = stage.application("dash", "acme", lasting(1'000));
    stage.subscribe(app, "#");
    stage.core.connection_lost(app, stage.clock.now());
    wire::Publish publish;
    publish.topic = "t";
    publish.payload = "old";
    publish.qos = Qos::at_least_once;
    publish.packet_id = 5;
    publish.properties.message_expiry_interval = 10U;
    stage.say(stage.device("press-01"), publish);
    stage.advance(11s);
    const auto again = stage.open({});
    auto connect = lasting(100);
    connect.client_id = "dash";
    connect.username = "acme/app";
    connect.password = "pw";
    stage.say(again, connect);
    CHECK(stage.take(again) == Lines{"connack 0 present"});
}

}  // namespace muster::test

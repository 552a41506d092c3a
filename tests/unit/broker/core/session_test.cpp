// SPDX-License-Identifier: Apache-2.0
// What is kept for a client that is away or slow.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

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
    CHECK(stage.come_back("dash", lasting(100)) == Lines{"connack 0 present", "press-01/t=1 q1", "press-01/t=2 q1"});
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
    CHECK(stage.come_back("dash", lasting(100)) == Lines{"connack 0 present", "press-01/t=2 q1 dup", "press-01/t=3 q1"});
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

TEST_CASE("a takeover without clean start keeps a session that outlives its connection") {
    Stage stage;
    const auto first = stage.application("dash", "acme", lasting(100));
    stage.subscribe(first, "#");
    const auto second = stage.application("dash", "acme", lasting(0));
    CHECK(stage.last<wire::Connack>(second).session_present);
    CHECK(stage.last<wire::Disconnect>(first).reason == wire::ReasonCode::session_taken_over);
    stage.publish(stage.device("press-01"), "t", "1");
    CHECK(stage.take(second) == Lines{"press-01/t=1 q0"});
}

TEST_CASE("a session that ends with its connection ends with a takeover too") {
    Stage stage;
    const auto first = stage.application("dash", "acme", lasting(0));
    stage.subscribe(first, "#");
    const auto second = stage.application("dash", "acme", lasting(100));
    CHECK_FALSE(stage.last<wire::Connack>(second).session_present);
    stage.publish(stage.device("press-01"), "t", "1");
    CHECK(stage.take(second).empty());
}

TEST_CASE("what waits for a session without an expiry is kept for as long as it takes") {
    Stage stage;
    const auto app = stage.application("dash", "acme", lasting(0xFFFF'FFFFU));
    stage.subscribe(app, "#");
    stage.core.connection_lost(app, stage.clock.now());
    stage.advance(std::chrono::hours(24 * 365 * 200));
    stage.publish(stage.device("press-01"), "t", "1", Qos::at_least_once);
    CHECK(stage.come_back("dash", lasting(0)) == Lines{"connack 0 present", "press-01/t=1 q1"});
}

TEST_CASE("MQTT 3.1.1 keeps a session that was not clean, and no other") {
    for (const bool clean : {false, true}) {
        Stage stage;
        wire::Connect connect;
        connect.version = wire::Version::v311;
        connect.clean_start = clean;
        const auto app = stage.application("dash", "acme", connect);
        stage.subscribe(app, "#");
        stage.core.connection_lost(app, stage.clock.now());
        stage.advance(24h);
        stage.publish(stage.device("press-01"), "t", "1", Qos::at_least_once);
        connect.clean_start = false;
        const auto kept = Lines{"connack 0 present", "press-01/t=1 q1"};
        CHECK(stage.come_back("dash", connect) == (clean ? Lines{"connack 0"} : kept));
    }
}

TEST_CASE("a goodbye may change the session's expiry, but not from nothing") {
    Stage stage;
    wire::Disconnect goodbye;
    goodbye.properties.session_expiry_interval = 5U;
    const auto app = stage.application("dash", "acme", lasting(1'000));
    stage.subscribe(app, "#");
    stage.say(app, goodbye);
    stage.advance(6s);
    CHECK(stage.come_back("dash", lasting(0)) == Lines{"connack 0"});

    const auto brief = stage.application("brief", "acme", lasting(0));
    stage.say(brief, goodbye);
    CHECK(stage.take(brief) == Lines{"disconnect 130"});
}

TEST_CASE("what is sent again keeps to the new connection's receive maximum, in its order") {
    Stage stage;
    const auto app = stage.application("dash", "acme", lasting(100));
    stage.subscribe(app, "#");
    const auto device = stage.device("press-01");
    for (const auto* payload : {"1", "2", "3"}) stage.publish(device, "t", payload, Qos::at_least_once);
    stage.core.connection_lost(app, stage.clock.now());
    stage.publish(device, "t", "4", Qos::at_least_once);

    auto narrow = lasting(100);
    narrow.properties.receive_maximum = std::uint16_t{2};
    const auto second = stage.application_opened("dash", narrow);
    CHECK(stage.take(second) == Lines{"connack 0 present", "press-01/t=1 q1 dup", "press-01/t=2 q1 dup"});
    stage.core.connection_lost(second, stage.clock.now());

    const auto third = stage.application_opened("dash", narrow);
    CHECK(stage.take(third) == Lines{"connack 0 present", "press-01/t=1 q1 dup", "press-01/t=2 q1 dup"});
    stage.acknowledge_oldest(third);
    CHECK(stage.take(third) == Lines{"press-01/t=3 q1 dup"});
    stage.acknowledge_oldest(third);
    CHECK(stage.take(third) == Lines{"press-01/t=4 q1"});
}

TEST_CASE("what is sent again waits while the network is slow") {
    Stage stage;
    const auto app = stage.application("dash", "acme", lasting(100));
    stage.subscribe(app, "#");
    stage.publish(stage.device("press-01"), "t", "1", Qos::at_least_once);
    stage.core.connection_lost(app, stage.clock.now());
    const auto again = stage.open({});
    stage.congested.insert(again);
    stage.connect_application(again, "dash", lasting(100));
    CHECK(stage.take(again) == Lines{"connack 0 present"});
    stage.congested.clear();
    stage.core.writable(again, stage.clock.now());
    CHECK(stage.take(again) == Lines{"press-01/t=1 q1 dup"});
}

TEST_CASE("what has become too large for the client does not block what waits behind it") {
    Stage stage;
    wire::Connect wide = lasting(100);
    wide.properties.receive_maximum = std::uint16_t{1};
    const auto app = stage.application("dash", "acme", wide);
    stage.subscribe(app, "#");
    const auto device = stage.device("press-01");
    stage.publish(device, "t", std::string(100, 'x'), Qos::at_least_once);
    stage.publish(device, "t", "small", Qos::at_least_once);
    stage.core.connection_lost(app, stage.clock.now());
    wide.properties.maximum_packet_size = 64U;
    CHECK(stage.come_back("dash", wide) == Lines{"connack 0 present", "press-01/t=small q1"});
    CHECK(stage.core.counters().deliveries.too_large == 1);
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
    CHECK(stage.core.counters().deliveries.too_large == 1);
}

TEST_CASE("a slow client's queue is bounded: the oldest are dropped and counted, QoS 0 at once") {
    core::Limits limits;
    limits.session.max_queued = 3;
    Stage stage(limits);
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    stage.congested.insert(app);
    const auto device = stage.device("press-01");
    for (const auto* payload : {"1", "2", "3", "4", "5"}) stage.publish(device, "t", payload, Qos::at_least_once);
    stage.publish(device, "t", "zero");
    CHECK(stage.take(app).empty());
    CHECK(stage.core.counters().deliveries.queue_full == 2);
    CHECK(stage.core.counters().deliveries.congested == 1);
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
    CHECK(stage.come_back("dash", lasting(100)) == Lines{"connack 0 present"});
    CHECK(stage.core.counters().deliveries.expired == 1);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Routing: isolation, wildcards, retained messages, QoS.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

TEST_CASE("a device sees nothing of its neighbour's, whatever it subscribes to") {
    Stage stage;
    const auto one = stage.device("press-01");
    const auto two = stage.device("press-02");
    for (const auto* filter : {"#", "+/telemetry", "press-01/#", "../press-01/#", "$SYS/#"}) stage.subscribe(two, filter);
    stage.take(two);
    stage.publish(one, "telemetry", "secret");
    stage.publish(one, "telemetry", "kept", Qos::at_least_once, true);
    CHECK(stage.take(two).empty());
    stage.subscribe(two, "#");
    CHECK(stage.take(two) == Lines{"suback 1"});
}

TEST_CASE("an application sees a device as <client id>/<topic>, and reaches it the same way") {
    Stage stage;
    const auto device = stage.device("press-01");
    const auto app = stage.application("dash");
    stage.subscribe(app, "+/telemetry/#");
    stage.subscribe(device, "commands/#");
    stage.take(app);
    stage.take(device);
    stage.publish(device, "telemetry/load", "1");
    CHECK(stage.take(app) == Lines{"press-01/telemetry/load=1 q0"});
    stage.publish(app, "press-01/commands/stop", "now");
    CHECK(stage.take(device) == Lines{"commands/stop=now q0"});
    stage.publish(app, "press-02/commands/stop", "other");
    stage.publish(app, "press-01", "no topic of its own");
    CHECK(stage.take(device).empty());
}

TEST_CASE("a client id cannot reach into another's topics, whatever characters it has") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    const auto plain = stage.device("press");
    stage.subscribe(plain, "#");
    stage.take(plain);
    for (const std::string id : {"press/x", "+", "#", "press%2Fx", "$SYS", "a b"}) {
        const auto strange = stage.device(id);
        stage.subscribe(strange, "#");
        stage.take(strange);
        stage.publish(strange, "t", "1");
        CHECK(stage.take(strange) == Lines{"t=1 q0"});
    }
    CHECK(stage.take(plain).empty());
    CHECK(stage.take(app) == Lines{"press%2Fx/t=1 q0", "%2B/t=1 q0", "%23/t=1 q0", "press%252Fx/t=1 q0", "%24SYS/t=1 q0", "a b/t=1 q0"});
}

TEST_CASE("tenants do not see each other, applications included") {
    Stage stage;
    const auto app = stage.application("dash", "other");
    stage.subscribe(app, "#");
    stage.take(app);
    stage.publish(stage.device("press-01", "acme"), "t", "1");
    CHECK(stage.take(app).empty());
}

TEST_CASE("in a flat tenant devices share one topic space") {
    Stage stage;
    const auto one = stage.device("a", "flat");
    const auto two = stage.device("b", "flat");
    stage.subscribe(two, "room/+");
    stage.take(two);
    stage.publish(one, "room/1", "hello");
    CHECK(stage.take(two) == Lines{"room/1=hello q0"});
}

TEST_CASE("wildcards at the first level do not match topics that begin with a dollar sign") {
    Stage stage;
    const auto device = stage.device("press-01");
    stage.subscribe(device, "#");
    stage.subscribe(device, "+/x");
    stage.take(device);
    stage.publish(device, "$hidden/x", "1");
    CHECK(stage.take(device).empty());
    stage.subscribe(device, "$hidden/#");
    stage.take(device);
    stage.publish(device, "$hidden/x", "2");
    CHECK(stage.take(device) == Lines{"$hidden/x=2 q0"});
}

TEST_CASE("a QoS 1 message is acknowledged, and the publisher told when nobody wanted it") {
    Stage stage;
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::at_least_once);
    CHECK(stage.take(device) == Lines{"puback 16"});
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.publish(device, "t", "2", Qos::at_least_once);
    CHECK(stage.take(device) == Lines{"puback 0"});
}

TEST_CASE("overlapping subscriptions deliver once, at the higher QoS") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#", Qos::at_most_once);
    stage.subscribe(app, "+/t", Qos::at_least_once);
    stage.take(app);
    stage.publish(stage.device("press-01"), "t", "1", Qos::at_least_once);
    CHECK(stage.take(app) == Lines{"press-01/t=1 q1"});
}

TEST_CASE("a retained message is kept, replaced, delivered to who comes later, and deleted by an empty one") {
    Stage stage;
    const auto device = stage.device("press-01");
    stage.publish(device, "state", "1", Qos::at_least_once, true);
    stage.publish(device, "state", "2", Qos::at_least_once, true);
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    CHECK(stage.take(app) == Lines{"suback 1", "press-01/state=2 q1 retained"});
    stage.publish(device, "state", "", Qos::at_most_once, true);
    stage.take(app);
    const auto later = stage.application("late");
    stage.subscribe(later, "#");
    CHECK(stage.take(later) == Lines{"suback 1"});
}

TEST_CASE("retain handling decides whether a subscription is answered with retained messages") {
    Stage stage;
    stage.publish(stage.device("press-01"), "state", "1", Qos::at_most_once, true);
    const auto app = stage.application("dash");
    const auto subscribe = [&](std::uint8_t handling) {
        wire::Subscribe packet;
        packet.packet_id = 1;
        packet.requests.push_back({"#", Qos::at_most_once, false, false, handling});
        stage.say(app, packet);
        return stage.take(app).size() == 2;
    };
    CHECK_FALSE(subscribe(2));
    CHECK_FALSE(subscribe(1));
    CHECK(subscribe(0));
}

TEST_CASE("no-local keeps a client's own messages from it") {
    Stage stage;
    const auto app = stage.application("dash");
    wire::Subscribe packet;
    packet.packet_id = 1;
    packet.requests.push_back({"#", Qos::at_most_once, true, false, 0});
    stage.say(app, packet);
    stage.take(app);
    stage.publish(app, "x", "1");
    CHECK(stage.take(app).empty());
}

TEST_CASE("what this broker does not offer is refused with its reason") {
    Stage stage;
    const auto shared = stage.application("dash");
    stage.subscribe(shared, "a/#/b");
    CHECK(stage.take(shared) == Lines{"suback 143"});
}

TEST_CASE("after unsubscribing nothing comes any more") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    wire::Unsubscribe packet;
    packet.packet_id = 2;
    packet.filters = {"#", "never"};
    stage.say(app, packet);
    CHECK(stage.take(app) == Lines{"suback 1", "unsuback 0"});
    stage.publish(stage.device("press-01"), "t", "1");
    CHECK(stage.take(app).empty());
}

TEST_CASE("a message in and the same message out are counted once each") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.publish(stage.device("press-01"), "t", "1", Qos::at_least_once);
    CHECK(stage.core.counters().messages_in == 1);
    CHECK(stage.core.counters().deliveries.sent == 1);
}

namespace {

struct PlainCounter final : Stage {
    void send_plain(core::ConnectionId id, wire::Version version, const wire::PlainPublish& packet) override {
        ++plain;
        Stage::send_plain(id, version, packet);
    }
    int plain = 0;
};

}  // namespace

TEST_CASE("what most devices send goes the short way to whoever did not say what it does not take") {
    PlainCounter stage;
    const auto version = GENERATE(wire::Version::v311, wire::Version::v5);
    wire::Connect connect;
    connect.version = version;
    const auto app = stage.application("dash", "acme", connect);
    stage.subscribe(app, "#");
    const auto device = stage.device("press-01", "acme", connect);
    stage.publish(device, "t", "1");
    stage.publish(device, "t", "2", Qos::at_least_once);
    CHECK(stage.plain == 2);

    connect.version = wire::Version::v5;
    connect.properties.maximum_packet_size = 100;
    stage.subscribe(stage.application("small", "acme", connect), "#");
    stage.publish(device, "t", "3");
    CHECK(stage.plain == 3);
}

}  // namespace muster::test

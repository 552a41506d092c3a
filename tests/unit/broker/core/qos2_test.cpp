// SPDX-License-Identifier: Apache-2.0
// QoS 2 both ways: once, whatever is lost on the way.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using wire::ReasonCode;

/// An application that takes everything at QoS 2, and a device that publishes.
struct Pair {
    explicit Pair(const wire::Connect& connect = lasting()) : app(stage.application("dash", "acme", connect)) {
        stage.subscribe(app, "#", Qos::exactly_once);
        stage.take(app);
        device = stage.device("press-01", "acme", lasting());
    }
    wire::PacketId publish(std::string_view payload, Qos qos = Qos::exactly_once) {
        stage.publish(device, "t", payload, qos, false, ++last_id);
        stage.acknowledge<wire::Pubrel>(device, last_id);
        return stage.last_packet_id;
    }
    void lose(core::ConnectionId connection) { stage.core.connection_lost(connection, stage.clock.now()); }

    Stage stage;
    core::ConnectionId app;
    core::ConnectionId device = 0;
    wire::PacketId last_id = 0;
};

}  // namespace

TEST_CASE("a QoS 2 message is routed once, however often it comes before its PUBREL") {
    Pair pair;
    Stage& stage = pair.stage;
    stage.publish(pair.device, "t", "1", Qos::exactly_once);
    stage.publish(pair.device, "t", "1", Qos::exactly_once);
    CHECK(stage.take(pair.device) == Lines{"pubrec 0", "pubrec 0"});
    pair.lose(pair.device);
    const auto again = stage.device("press-01", "acme", lasting());
    stage.publish(again, "t", "1", Qos::exactly_once);
    stage.acknowledge<wire::Pubrel>(again, 77);
    stage.acknowledge<wire::Pubrel>(again, 77);
    CHECK(stage.take(again) == Lines{"pubrec 0", "pubcomp 0", "pubcomp 146"});
    CHECK(stage.take(pair.app) == Lines{"press-01/t=1 q2"});
    stage.publish(again, "t", "2", Qos::exactly_once);
    CHECK(stage.take(pair.app) == Lines{"press-01/t=2 q2"});
    CHECK(stage.core.counters().messages_in == 2);
}

TEST_CASE("a message id is free again in a new session") {
    Pair pair;
    Stage& stage = pair.stage;
    stage.publish(pair.device, "t", "1", Qos::exactly_once);
    const auto clean = stage.device("press-01");
    stage.publish(clean, "t", "2", Qos::exactly_once);
    CHECK(stage.take(pair.app) == Lines{"press-01/t=1 q2", "press-01/t=2 q2"});
}

TEST_CASE("a QoS 2 message that nobody wants says so in its PUBREC") {
    Stage stage;
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::exactly_once);
    CHECK(stage.take(device) == Lines{"pubrec 16"});
}

TEST_CASE("a subscriber at QoS 2 gets PUBLISH, then PUBREL, and no more once it has completed") {
    Pair pair;
    const auto id = pair.publish("1");
    CHECK(pair.stage.take(pair.app) == Lines{"press-01/t=1 q2"});
    pair.stage.acknowledge<wire::Pubrec>(pair.app, id);
    pair.stage.acknowledge<wire::Pubrec>(pair.app, id);
    CHECK(pair.stage.take(pair.app) == Lines{"pubrel 0", "pubrel 0"});
    pair.stage.acknowledge<wire::Pubcomp>(pair.app, id);
    pair.lose(pair.app);
    CHECK(pair.stage.come_back("dash", lasting()) == Lines{"connack 0 present"});
}

TEST_CASE("after a loss every exchange goes on from its own step, in the order of sending") {
    Pair pair;
    const auto first = pair.publish("1");
    const auto second = pair.publish("2");
    pair.publish("3", Qos::at_least_once);
    pair.publish("4");
    pair.stage.acknowledge<wire::Pubrec>(pair.app, second);
    pair.stage.acknowledge<wire::Pubrec>(pair.app, first);
    pair.stage.acknowledge<wire::Pubcomp>(pair.app, first);
    pair.lose(pair.app);
    CHECK(pair.stage.come_back("dash", lasting()) == Lines{"connack 0 present", "pubrel 0", "press-01/t=3 q1 dup", "press-01/t=4 q2 dup"});
}

TEST_CASE("a PUBREC with a failure ends the exchange: no PUBREL, and nothing is sent again") {
    Pair pair;
    const auto id = pair.publish("1");
    pair.stage.take(pair.app);
    pair.stage.acknowledge<wire::Pubrec>(pair.app, id, ReasonCode::quota_exceeded);
    CHECK(pair.stage.take(pair.app).empty());
    pair.lose(pair.app);
    CHECK(pair.stage.come_back("dash", lasting()) == Lines{"connack 0 present"});
}

TEST_CASE("a PUBREC for nothing is answered so that the client forgets it; a PUBACK or PUBCOMP for nothing is ignored") {
    Pair pair;
    pair.stage.acknowledge<wire::Pubrec>(pair.app, 9);
    CHECK(pair.stage.take(pair.app) == Lines{"pubrel 146"});
    pair.stage.acknowledge<wire::Pubrec>(pair.app, 9, ReasonCode::unspecified_error);
    pair.stage.acknowledge<wire::Puback>(pair.app, 9);
    pair.stage.acknowledge<wire::Pubcomp>(pair.app, 9);
    CHECK(pair.stage.take(pair.app).empty());
}

TEST_CASE("an acknowledgement of the other QoS, or one that skips a step, costs the connection") {
    for (int which = 0; which < 4; ++which) {
        Pair pair;
        const auto qos_2 = pair.publish("1");
        const auto qos_1 = pair.publish("2", Qos::at_least_once);
        pair.stage.take(pair.app);
        if (which == 0) pair.stage.acknowledge<wire::Puback>(pair.app, qos_2);
        if (which == 1) pair.stage.acknowledge<wire::Pubrec>(pair.app, qos_1);
        if (which == 2) pair.stage.acknowledge<wire::Pubcomp>(pair.app, qos_2);
        if (which == 3) pair.stage.acknowledge<wire::Pubcomp>(pair.app, qos_1);
        INFO(which);
        CHECK(pair.stage.take(pair.app) == Lines{"disconnect 130"});
    }
}

TEST_CASE("the receive maximum counts QoS 1 and QoS 2 together, a QoS 2 message until its PUBCOMP") {
    wire::Connect connect = lasting();
    connect.properties.receive_maximum = std::uint16_t{2};
    Pair pair(connect);
    const auto first = pair.publish("1");
    pair.publish("2", Qos::at_least_once);
    pair.publish("3");
    CHECK(pair.stage.take(pair.app) == Lines{"press-01/t=1 q2", "press-01/t=2 q1"});
    pair.stage.acknowledge<wire::Pubrec>(pair.app, first);
    CHECK(pair.stage.take(pair.app) == Lines{"pubrel 0"});
    pair.stage.acknowledge<wire::Pubcomp>(pair.app, first);
    CHECK(pair.stage.take(pair.app) == Lines{"press-01/t=3 q2"});
}

TEST_CASE("a PUBREL that is sent again needs no quota") {
    wire::Connect connect = lasting();
    connect.properties.receive_maximum = std::uint16_t{1};
    Pair pair(connect);
    const auto first = pair.publish("1");
    pair.stage.acknowledge<wire::Pubrec>(pair.app, first);
    pair.publish("2");
    pair.lose(pair.app);
    CHECK(pair.stage.come_back("dash", connect) == Lines{"connack 0 present", "pubrel 0", "press-01/t=2 q2"});
}

TEST_CASE("a QoS 2 message that has become too large for the client is ended with a PUBREL, so that its id is free on both sides") {
    Pair pair;
    pair.publish(std::string(100, 'x'));
    pair.lose(pair.app);
    auto narrow = lasting();
    narrow.properties.maximum_packet_size = 64U;
    const auto again = pair.stage.application_opened("dash", narrow);
    CHECK(pair.stage.take(again) == Lines{"connack 0 present", "pubrel 0"});
    CHECK(pair.stage.core.counters().deliveries.too_large == 1);
}

TEST_CASE("a retained QoS 2 message is delivered with the lower of its QoS and the subscription's") {
    for (const auto granted : {Qos::at_most_once, Qos::at_least_once, Qos::exactly_once}) {
        Stage stage;
        stage.publish(stage.device("press-01"), "state", "1", Qos::exactly_once, true);
        const auto app = stage.application("dash");
        stage.subscribe(app, "#", granted);
        const std::string qos = std::to_string(static_cast<int>(granted));
        CHECK(stage.take(app) == Lines{"suback " + qos, "press-01/state=1 q" + qos + " retained"});
    }
}

TEST_CASE("MQTT 3.1.1 has QoS 2 in the same steps, without reasons") {
    wire::Connect connect = lasting();
    connect.version = wire::Version::v311;
    connect.properties = {};
    Pair pair(connect);
    const auto id = pair.publish("1");
    pair.stage.acknowledge<wire::Pubrec>(pair.app, id);
    pair.stage.acknowledge<wire::Pubcomp>(pair.app, id);
    pair.stage.publish(pair.app, "x/y", "2", Qos::exactly_once);
    pair.stage.acknowledge<wire::Pubrel>(pair.app, 77);
    pair.stage.acknowledge<wire::Pubrel>(pair.app, 77);
    CHECK(pair.stage.take(pair.app) == Lines{"press-01/t=1 q2", "pubrel 0", "x/y=2 q2", "pubrec 0", "pubcomp 0", "pubcomp 0"});
}

TEST_CASE("an exchange that is never finished does not get in the way of those that are") {
    wire::Connect connect = lasting();
    connect.properties.receive_maximum = std::uint16_t{8};
    Pair pair(connect);
    const auto stuck = pair.publish("stuck");
    std::set<wire::PacketId> ids{stuck};
    for (int i = 0; i < 70'000; ++i) {
        pair.stage.publish(pair.device, "t", "x", Qos::at_least_once);
        REQUIRE(pair.stage.last_packet_id != stuck);
        ids.insert(pair.stage.last_packet_id);
        pair.stage.acknowledge<wire::Puback>(pair.app, pair.stage.last_packet_id);
        pair.stage.forget();
    }
    CHECK(ids.size() > 40'000);  // It has gone round the ids, past the one that is taken.
    pair.lose(pair.app);
    CHECK(pair.stage.come_back("dash", connect) == Lines{"connack 0 present", "press-01/t=stuck q2 dup"});
}

}  // namespace muster::test

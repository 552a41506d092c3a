// SPDX-License-Identifier: Apache-2.0
// How much each side may send the other at once, and how large.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

core::Limits two_at_a_time() {
    core::Limits limits;
    limits.receive_maximum = 2;
    return limits;
}

}  // namespace

TEST_CASE("more unreleased messages than the broker's receive maximum cost the connection") {
    for (const auto qos : {Qos::at_least_once, Qos::exactly_once}) {
        Stage stage(two_at_a_time());
        const auto device = stage.device("press-01");
        CHECK(stage.last<wire::Connack>(device).properties.receive_maximum == std::uint16_t{2});
        stage.publish(device, "t", "1", Qos::exactly_once, false, 1);
        stage.publish(device, "t", "2", Qos::at_least_once, false, 9);
        stage.publish(device, "t", "3", Qos::exactly_once, false, 2);
        stage.publish(device, "t", "3", Qos::exactly_once, false, 2);
        stage.publish(device, "t", "0", Qos::at_most_once);
        CHECK(stage.take(device) == Lines{"pubrec 16", "puback 16", "pubrec 16", "pubrec 0"});
        stage.publish(device, "t", "4", qos, false, 3);
        CHECK(stage.take(device) == Lines{"disconnect 147"});
        CHECK(stage.core.counters().messages_in == 4);
    }
}

TEST_CASE("a PUBREL makes room for another message") {
    Stage stage(two_at_a_time());
    const auto device = stage.device("press-01");
    for (wire::PacketId id = 1; id < 100; ++id) {
        stage.publish(device, "t", "x", Qos::exactly_once, false, id);
        if (id > 1) stage.acknowledge<wire::Pubrel>(device, static_cast<wire::PacketId>(id - 1));
    }
    CHECK_FALSE(stage.is_closed(device));
}

TEST_CASE("what an earlier connection left unreleased does not count, until it is sent again") {
    Stage stage(two_at_a_time());
    const auto first = stage.device("press-01", "acme", lasting());
    stage.publish(first, "t", "1", Qos::exactly_once, false, 1);
    stage.publish(first, "t", "2", Qos::exactly_once, false, 2);
    const auto second = stage.device("press-01", "acme", lasting());
    stage.publish(second, "t", "3", Qos::exactly_once, false, 3);
    stage.publish(second, "t", "1", Qos::exactly_once, false, 1);
    CHECK(stage.take(second) == Lines{"pubrec 16", "pubrec 0"});
    stage.publish(second, "t", "2", Qos::exactly_once, false, 2);
    CHECK(stage.take(second) == Lines{"disconnect 147"});
    CHECK(stage.core.counters().messages_in == 3);
}

TEST_CASE("an answer that is larger than the client takes costs the connection instead of being sent") {
    wire::Connect connect;
    connect.properties.maximum_packet_size = 40U;
    const std::vector<std::string_view> filters(36, "a");
    for (const bool fits : {true, false}) {
        Stage stage;
        const auto one = stage.device("press-01", "acme", connect);
        wire::Subscribe subscribe;
        subscribe.packet_id = 1;
        for (std::size_t i = 0; i < (fits ? 35U : 36U); ++i) subscribe.requests.push_back({filters[i], Qos::at_most_once, false, false, 2});
        stage.say(one, subscribe);
        CHECK(stage.take(one) == Lines{fits ? "suback 0" : "disconnect 149"});

        const auto other = stage.device("press-02", "acme", connect);
        wire::Unsubscribe unsubscribe;
        unsubscribe.packet_id = 2;
        unsubscribe.filters.assign(filters.begin(), filters.begin() + (fits ? 35 : 36));
        stage.say(other, unsubscribe);
        CHECK(stage.take(other) == Lines{fits ? "unsuback 17" : "disconnect 149"});
    }
}

TEST_CASE("a client that takes no packet as large as its CONNACK is closed without one") {
    Stage stage;
    wire::Connect connect;
    connect.client_id = "press-01";
    connect.properties.maximum_packet_size = 10U;
    const auto device = stage.open(Stage::certificate("press-01"));
    stage.say(device, connect);
    CHECK(stage.take(device).empty());
    CHECK(stage.is_closed(device));
    CHECK(stage.core.open_connections() == 0);
}

}  // namespace muster::test

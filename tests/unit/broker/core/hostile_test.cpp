// SPDX-License-Identifier: Apache-2.0
// What one client could do to all the others, and what it gets instead.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

constexpr std::size_t longest_text = 65'535;  // MQTT 5.0, section 1.5.4.

std::string deep(std::size_t levels) {
    std::string filter;
    for (std::size_t i = 1; i < levels; ++i) filter += '/';
    return filter;
}

}  // namespace

TEST_CASE("a topic that would be too long for the tenant costs its publisher the connection, and nobody else") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    const std::string prefix = "press-01/";

    const std::string longest(longest_text - prefix.size(), 't');
    const auto fitting = stage.device("press-01");
    stage.publish(fitting, longest, "1");
    CHECK(stage.take(app) == Lines{prefix + longest + "=1 q0"});
    CHECK_FALSE(stage.is_closed(fitting));

    stage.publish(fitting, longest + "t", "2");
    CHECK(stage.take(fitting) == Lines{"disconnect 144"});
    CHECK(stage.is_closed(fitting));
    CHECK(stage.take(app).empty());
}

TEST_CASE("a response topic that would be too long for the tenant, or is none, costs its publisher the connection") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    for (const std::string& response : {std::string(longest_text, 'r'), std::string("a/#"), std::string()}) {
        const auto device = stage.device("press-01");
        wire::Publish publish;
        publish.topic = "t";
        publish.properties.response_topic = response;
        stage.say(device, publish);
        INFO(response.substr(0, 10));
        CHECK(stage.take(device) == Lines{"disconnect 144"});
        CHECK(stage.take(app).empty());
    }
}

TEST_CASE("a will that nobody could be sent is refused at CONNECT") {
    const std::string too_long(longest_text, 't');
    for (const bool in_response_topic : {false, true}) {
        Stage stage;
        wire::Connect connect;
        connect.client_id = "press-01";
        connect.will.emplace().topic = in_response_topic ? std::string_view("t") : too_long;
        if (in_response_topic) connect.will->properties.response_topic = too_long;
        const auto device = stage.open(Stage::certificate("press-01"));
        stage.say(device, connect);
        CHECK(stage.take(device) == Lines{"connack 144"});
        CHECK(stage.is_closed(device));
    }
}

TEST_CASE("a refusal names the client id without repeating all of a long one") {
    Stage stage;
    const std::string long_id(longest_text, 'x');
    wire::Connect connect;
    connect.client_id = long_id;
    const auto device = stage.open(Stage::certificate("press-01"));
    stage.say(device, connect);
    CHECK(stage.take(device) == Lines{"connack 135"});
    CHECK(stage.last<wire::Connack>(device).properties.reason_string->size() < 1'000);
}

TEST_CASE("a filter of very many levels is refused, one of many works") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, deep(longest_text));
    CHECK(stage.take(app) == Lines{"suback 143"});
    stage.subscribe(app, deep(core::SubscriptionTree::max_levels + 1));
    CHECK(stage.take(app) == Lines{"suback 143"});
    stage.subscribe(app, deep(core::SubscriptionTree::max_levels));
    CHECK(stage.take(app) == Lines{"suback 1"});
    stage.publish(app, deep(core::SubscriptionTree::max_levels), "1");
    CHECK(stage.take(app).size() == 1);
    stage.publish(app, deep(longest_text), "2");
    CHECK(stage.take(app).empty());
}

TEST_CASE("a filter that is too long for the tenant is refused") {
    Stage stage;
    const auto device = stage.device("press-01");
    stage.subscribe(device, std::string(longest_text, 'f'));
    CHECK(stage.take(device) == Lines{"suback 143"});
}

TEST_CASE("packets that only a server sends, or that belong to what is not offered, cost the connection") {
    for (const wire::Packet& packet : {wire::Packet(wire::Connack{}), wire::Packet(wire::Suback{}), wire::Packet(wire::Unsuback{}),
                                       wire::Packet(wire::Pingresp{}), wire::Packet(wire::Auth{})}) {
        Stage stage;
        const auto device = stage.device("press-01");
        stage.say(device, packet);
        INFO(packet.index());
        CHECK(stage.take(device) == Lines{"disconnect 130"});
        CHECK(stage.is_closed(device));
    }
}

TEST_CASE("a broker that may queue nothing delivers what the client takes at once, and drops the rest") {
    core::Limits limits;
    limits.session.max_queued = 0;
    Stage stage(limits);
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::at_least_once);
    CHECK(stage.take(app) == Lines{"press-01/t=1 q1"});
    stage.congested.insert(app);
    stage.publish(device, "t", "2", Qos::at_least_once);
    CHECK(stage.take(app).empty());
    CHECK(stage.core.counters().deliveries.queue_full == 1);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// What CONNECT asks for and CONNACK answers, and what happens to a client that uses what is not offered.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

/// The properties of the CONNACK of a broker with these limits.
wire::Properties answered(const core::Limits& limits, const wire::Connect& connect) {
    static std::deque<Stage> stages;  // Behind the views.
    Stage& stage = stages.emplace_back(limits);
    return stage.last<wire::Connack>(stage.device("press-01", "acme", connect)).properties;
}

}  // namespace

TEST_CASE("the broker's keep-alive counts instead of the client's, who is told; a maximum counts for those above it") {
    struct Row {
        std::optional<std::uint16_t> server;
        std::optional<std::uint16_t> maximum;
        std::uint16_t asked;
        std::optional<std::uint16_t> answered;
        int silence_s;  // That is allowed; 0: any.
    };
    const std::optional<std::uint16_t> none;
    for (const auto& row : {Row{none, none, 10, none, 15}, Row{20, none, 10, 20, 30}, Row{20, none, 20, none, 30}, Row{0, none, 10, 0, 0},
                            Row{none, 20, 10, none, 15}, Row{none, 20, 21, 20, 30}, Row{none, 20, 0, 20, 30}}) {
        core::Limits limits;
        limits.server_keep_alive = row.server;
        limits.max_keep_alive = row.maximum;
        Stage stage(limits);
        wire::Connect connect;
        connect.keep_alive = row.asked;
        const auto device = stage.device("press-01", "acme", connect);
        INFO(row.asked << " " << row.silence_s);
        CHECK(stage.last<wire::Connack>(device).properties.server_keep_alive == row.answered);
        stage.advance(std::chrono::seconds(row.silence_s == 0 ? 100'000 : row.silence_s) - 1s);
        CHECK_FALSE(stage.is_closed(device));
        stage.advance(1s);
        CHECK(stage.is_closed(device) == (row.silence_s != 0));
    }
}

TEST_CASE("a 3.1.1 client keeps the keep-alive that it asked for: it cannot be told another") {
    core::Limits limits;
    limits.server_keep_alive = std::uint16_t{5};
    Stage stage(limits);
    wire::Connect connect;
    connect.version = wire::Version::v311;
    connect.keep_alive = 100;
    const auto device = stage.device("press-01", "acme", connect);
    stage.advance(149s);
    CHECK_FALSE(stage.is_closed(device));
}

TEST_CASE("a session lasts no longer than the broker's maximum, and a client that asks for more is told") {
    core::Limits limits;
    limits.max_session_expiry = 60;
    for (const std::uint32_t asked : {59U, 60U, 61U, 0xFFFF'FFFFU}) {
        Stage stage(limits);
        const auto app = stage.application("dash", "acme", lasting(asked));
        const auto& told = stage.last<wire::Connack>(app).properties.session_expiry_interval;
        CHECK(told == (asked > 60 ? std::optional<std::uint32_t>(60) : std::nullopt));
        stage.core.connection_lost(app, stage.clock.now());
        stage.advance(58s);
        CHECK(stage.come_back("dash", lasting(asked)) == Lines{"connack 0 present"});
    }
    Stage stage(limits);
    wire::Disconnect goodbye;
    goodbye.properties.session_expiry_interval = 1'000U;
    stage.say(stage.application("dash", "acme", lasting(10)), goodbye);
    stage.advance(61s);
    CHECK(stage.come_back("dash", lasting(10)) == Lines{"connack 0"});
}

TEST_CASE("a session whose time is over is not found, even if nobody has looked since") {
    Stage stage;
    const auto app = stage.application("dash", "acme", lasting(10));
    stage.core.connection_lost(app, stage.clock.now());
    stage.clock.advance(10s);
    CHECK(stage.come_back("dash", lasting(10)) == Lines{"connack 0"});
}

TEST_CASE("who asks for response information gets a topic that is its own, others get none") {
    wire::Connect connect;
    CHECK_FALSE(answered({}, connect).response_information);
    connect.properties.request_response_information = std::uint8_t{0};
    CHECK_FALSE(answered({}, connect).response_information);
    connect.properties.request_response_information = std::uint8_t{1};
    CHECK(answered({}, connect).response_information == std::string_view("response"));
    Stage stage;
    CHECK(stage.last<wire::Connack>(stage.application("dash", "acme", connect)).properties.response_information ==
          std::string_view("response/dash"));
    for (const auto* id : {"a/b", "#", "+"})
        CHECK_FALSE(stage.last<wire::Connack>(stage.application(id, "acme", connect)).properties.response_information);
}

TEST_CASE("reason strings are left out of answers for a client that does not want them, but not of CONNACK and DISCONNECT") {
    for (const bool wanted : {true, false}) {
        Stage stage;
        wire::Connect connect;
        if (!wanted) connect.properties.request_problem_information = std::uint8_t{0};
        const auto device = stage.device("press-01", "acme", connect);
        stage.subscribe(device, "a/#/b");
        CHECK(stage.last<wire::Suback>(device).properties.reason_string.has_value() == wanted);
        stage.say(device, wire::Connect{});
        CHECK(stage.last<wire::Disconnect>(device).properties.reason_string);
        connect.client_id = "other";
        const auto refused = stage.open(Stage::certificate("press-02"));
        stage.say(refused, connect);
        CHECK(stage.last<wire::Connack>(refused).properties.reason_string);
    }
}

TEST_CASE("a broker that offers everything says nothing of it, one that offers less says what") {
    const auto all = answered({}, {});
    CHECK_FALSE(all.maximum_qos);
    CHECK_FALSE(all.retain_available);
    CHECK_FALSE(all.wildcard_subscription_available);
    CHECK_FALSE(all.subscription_identifier_available);
    CHECK_FALSE(all.shared_subscription_available);
    core::Limits limits;
    limits.features = {Qos::at_least_once, false, false, false, false};
    const auto less = answered(limits, {});
    CHECK(less.maximum_qos == std::uint8_t{1});
    CHECK(less.retain_available == std::uint8_t{0});
    CHECK(less.wildcard_subscription_available == std::uint8_t{0});
    CHECK(less.subscription_identifier_available == std::uint8_t{0});
    CHECK(less.shared_subscription_available == std::uint8_t{0});
}

TEST_CASE("what is not offered is refused with its reason, and a subscription gets the QoS there is") {
    core::Limits limits;
    limits.features = {Qos::at_least_once, false, false, false, false};
    Stage stage(limits);
    const auto app = stage.application("dash");
    for (const auto* filter : {"#", "a/+"}) {
        stage.subscribe(app, filter);
        CHECK(stage.take(app) == Lines{"suback 162"});
    }
    stage.subscribe(app, "$share/g/a");
    CHECK(stage.take(app) == Lines{"suback 158"});
    stage.subscribe(app, "a", Qos::exactly_once);
    CHECK(stage.take(app) == Lines{"suback 1"});
    wire::Subscribe with_identifier;
    with_identifier.packet_id = 1;
    with_identifier.requests.push_back({"a", Qos::at_most_once, false, false, 0});
    with_identifier.properties.subscription_identifiers = {1};
    stage.say(app, with_identifier);
    CHECK(stage.take(app) == Lines{"disconnect 161"});
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::exactly_once);
    CHECK(stage.take(device) == Lines{"disconnect 155"});
    const auto keeper = stage.device("press-02");
    stage.publish(keeper, "t", "1", Qos::at_most_once, true);
    CHECK(stage.take(keeper) == Lines{"disconnect 154"});
    for (const bool retain : {true, false}) {
        wire::Connect connect;
        connect.will.emplace().topic = "t";
        connect.will->retain = retain;
        connect.will->qos = retain ? Qos::at_most_once : Qos::exactly_once;
        CHECK(stage.come_back("will", connect) == Lines{retain ? "connack 154" : "connack 155"});
    }
}

TEST_CASE("enhanced authentication is refused as a method that is not known, and AUTH without one is a protocol error") {
    Stage stage;
    wire::Connect connect;
    connect.properties.authentication_method = "SCRAM-SHA-256";
    CHECK(stage.come_back("dash", connect) == Lines{"connack 140"});
    const auto device = stage.device("press-01");
    wire::Auth again;
    again.reason = wire::ReasonCode::reauthenticate;
    again.properties.authentication_method = "SCRAM-SHA-256";
    stage.say(device, again);
    CHECK(stage.take(device) == Lines{"disconnect 130"});
    const auto first = stage.open({});
    stage.say(first, again);
    CHECK(stage.take(first).empty());
    CHECK(stage.is_closed(first));
}

TEST_CASE("a client is sent to another server with the reason and the reference; a 3.1.1 client is disconnected") {
    using wire::ReasonCode;
    for (const auto reason : {ReasonCode::use_another_server, ReasonCode::server_moved}) {
        Stage stage;
        const auto device = stage.device("press-01");
        stage.core.redirect(device, reason, "other.example:8883", stage.clock.now());
        CHECK(stage.last<wire::Disconnect>(device).reason == reason);
        CHECK(stage.last<wire::Disconnect>(device).properties.server_reference == std::string_view("other.example:8883"));
        CHECK(stage.is_closed(device));
        wire::Connect old;
        old.version = wire::Version::v311;
        const auto silent = stage.device("press-02", "acme", old);
        stage.core.redirect(silent, reason, "other.example", stage.clock.now());
        CHECK(stage.take(silent).empty());
        CHECK(stage.is_closed(silent));
        stage.core.redirect(silent, reason, "other.example", stage.clock.now());
    }
}

TEST_CASE("a refusal with a server reference redirects whoever connects") {
    const tenancy::Refusal elsewhere{wire::ReasonCode::use_another_server, "", "other.example:8883"};
    Stage stage;
    wire::Connect connect;
    const auto app = stage.open({});
    stage.core.judged(app, connect, elsewhere, stage.clock.now());
    CHECK(stage.take(app) == Lines{"connack 156"});
    CHECK(stage.last<wire::Connack>(app).properties.server_reference == std::string_view("other.example:8883"));
    connect.version = wire::Version::v311;
    const auto old = stage.open({});
    stage.core.judged(old, connect, elsewhere, stage.clock.now());
    CHECK(stage.take(old) == Lines{"connack 3"});
}

}  // namespace muster::test

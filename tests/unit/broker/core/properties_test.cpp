// SPDX-License-Identifier: Apache-2.0
// What a message carries besides its payload: passed through, mapped, counted down, or added by the broker.
#include "stage.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

void subscribe_with(Stage& stage, core::ConnectionId id, const wire::SubscriptionRequest& request, std::uint32_t identifier = 0) {
    wire::Subscribe packet;
    packet.packet_id = 1;
    packet.requests.push_back(request);
    if (identifier != 0) packet.properties.subscription_identifiers.push_back(identifier);
    stage.say(id, packet);
    stage.take(id);
}

}  // namespace

TEST_CASE("content type, correlation data, format and user properties in their order come through") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    wire::Publish publish;
    publish.topic = "t";
    publish.properties.content_type = "text/plain";
    publish.properties.correlation_data = std::string_view("\x00\x01", 2);
    publish.properties.payload_format_indicator = std::uint8_t{1};
    publish.properties.user_properties = {{"b", "1"}, {"a", "2"}, {"b", "3"}};
    stage.say(stage.device("press-01"), publish);
    const auto& seen = stage.last<wire::Publish>(app).properties;
    CHECK(seen.content_type == publish.properties.content_type);
    CHECK(seen.correlation_data == publish.properties.correlation_data);
    CHECK(seen.payload_format_indicator == publish.properties.payload_format_indicator);
    CHECK(seen.user_properties == publish.properties.user_properties);
}

TEST_CASE("a response topic is mapped into the device's space and out of it") {
    Stage stage;
    const auto device = stage.device("press-01");
    const auto app = stage.application("dash");
    stage.subscribe(app, "+/ask");
    stage.subscribe(device, "ask");
    wire::Publish question;
    question.topic = "ask";
    question.properties.response_topic = "answer/7";
    stage.say(device, question);
    CHECK(stage.last<wire::Publish>(app).properties.response_topic == std::string_view("press-01/answer/7"));
    question.topic = "press-01/ask";
    question.properties.response_topic = "press-01/answer/8";
    stage.say(app, question);
    CHECK(stage.last<wire::Publish>(device).properties.response_topic == std::string_view("answer/8"));
}

TEST_CASE("a device is not shown a response topic that it could not publish to") {
    Stage stage;
    const auto device = stage.device("press-01");
    stage.subscribe(device, "ask");
    wire::Publish question;
    question.topic = "press-01/ask";
    for (const auto* elsewhere : {"press-02/answer", "answers", "press-01/"}) {
        question.properties.response_topic = elsewhere;
        stage.say(stage.application("dash"), question);
        CHECK_FALSE(stage.last<wire::Publish>(device).properties.response_topic);
    }
}

TEST_CASE("the expiry that a client is told is what is left of it") {
    Stage stage;
    wire::Connect lasting;
    lasting.clean_start = false;
    lasting.properties.session_expiry_interval = 100U;
    const auto app = stage.application("dash", "acme", lasting);
    stage.subscribe(app, "#");
    stage.core.connection_lost(app, stage.clock.now());
    wire::Publish publish;
    publish.topic = "t";
    publish.qos = Qos::at_least_once;
    publish.packet_id = 5;
    publish.properties.message_expiry_interval = 30U;
    stage.say(stage.device("press-01"), publish);
    stage.advance(12s);
    const auto again = stage.application("dash", "acme", lasting);
    CHECK(stage.last<wire::Publish>(again).properties.message_expiry_interval == 18U);
}

TEST_CASE("a retained message that has expired is no more") {
    Stage stage;
    wire::Publish publish;
    publish.topic = "t";
    publish.payload = "1";
    publish.retain = true;
    publish.properties.message_expiry_interval = 30U;
    stage.say(stage.device("press-01"), publish);
    stage.advance(29s);
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    CHECK(stage.take(app) == Lines{"suback 1", "press-01/t=1 q0 retained"});
    stage.advance(1s);
    stage.subscribe(app, "#");
    CHECK(stage.take(app) == Lines{"suback 1"});
}

TEST_CASE("every identifier of the matching subscriptions comes with the one delivery") {
    Stage stage;
    const auto app = stage.application("dash");
    subscribe_with(stage, app, {"#", Qos::at_most_once, false, false, 0}, 7);
    subscribe_with(stage, app, {"+/t", Qos::at_most_once, false, false, 0}, 200'000'000);
    subscribe_with(stage, app, {"press-01/t", Qos::at_most_once, false, false, 0});
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1");
    CHECK(stage.take(app).size() == 1);
    auto identifiers = stage.last<wire::Publish>(app).properties.subscription_identifiers;
    std::sort(identifiers.begin(), identifiers.end());
    CHECK(identifiers == std::vector<std::uint32_t>{7, 200'000'000});
    subscribe_with(stage, app, {"#", Qos::at_most_once, false, false, 2});
    stage.publish(device, "other", "1");
    CHECK(stage.last<wire::Publish>(app).properties.subscription_identifiers.empty());
}

TEST_CASE("a retained message comes with the identifier of the subscription that asked for it") {
    Stage stage;
    stage.publish(stage.device("press-01"), "t", "1", Qos::at_most_once, true);
    const auto app = stage.application("dash");
    subscribe_with(stage, app, {"#", Qos::at_most_once, false, false, 0}, 7);
    CHECK(stage.last<wire::Publish>(app).properties.subscription_identifiers == std::vector<std::uint32_t>{7});
}

TEST_CASE("the retain flag is kept for who asks for it as published, and cleared for others") {
    for (const bool as_published : {false, true}) {
        Stage stage;
        const auto app = stage.application("dash");
        subscribe_with(stage, app, {"#", Qos::at_most_once, false, as_published, 0});
        const auto device = stage.device("press-01");
        stage.publish(device, "t", "1", Qos::at_most_once, true);
        stage.publish(device, "t", "2", Qos::at_most_once, false);
        CHECK(stage.take(app) == Lines{as_published ? "press-01/t=1 q0 retained" : "press-01/t=1 q0", "press-01/t=2 q0"});
    }
}

TEST_CASE("a 3.1.1 client is sent what its version has") {
    Stage stage;
    wire::Connect old;
    old.version = wire::Version::v311;
    const auto app = stage.application("dash", "acme", old);
    stage.subscribe(app, "#", Qos::exactly_once);
    CHECK(stage.take(app) == Lines{"suback 2"});
    stage.subscribe(app, "a/#/b");
    CHECK(stage.take(app) == Lines{"suback 128"});
    wire::Publish publish;
    publish.topic = "t";
    publish.payload = "1";
    publish.qos = Qos::at_least_once;
    publish.packet_id = 3;
    publish.properties.content_type = "text/plain";
    stage.say(stage.device("press-01"), publish);
    CHECK(stage.take(app) == Lines{"press-01/t=1 q1"});
    CHECK_FALSE(stage.last<wire::Publish>(app).properties.content_type);
    stage.publish(app, "nobody", "1", Qos::at_least_once);
    CHECK(stage.last<wire::Puback>(app).reason == wire::ReasonCode::success);
}

}  // namespace muster::test

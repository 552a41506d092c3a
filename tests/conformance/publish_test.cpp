// SPDX-License-Identifier: Apache-2.0
// PUBLISH: its flags, its topic, its properties on their way through (section 3.3 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::string_literals;

// A PUBLISH of QoS 0 with these property bytes, of fewer than 128.
std::string raw_publish_with(const std::string& properties) {
    return raw_packet(0x30, raw_text("t") + static_cast<char>(properties.size()) + properties + "x");
}

TEST_CASE("DUP says that the broker sends something again, not that it got it again",
          "[3.1.1/MQTT-3.3.1-3][5.0/MQTT-3.3.1-3][3.1.1/MQTT-3.3.1-2][5.0/MQTT-3.3.1-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto granted = GENERATE(Qos::at_most_once, Qos::at_least_once);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("t", granted);
    wire::Publish message;
    message.dup = true;
    message.topic = "t";
    message.qos = Qos::at_least_once;
    bench.connect(version, "publisher").publish(message);
    CHECK_FALSE(client.receive().dup);
}

TEST_CASE("a PUBLISH of QoS 0 with DUP ends the connection", "[3.1.1/MQTT-3.3.1-2][5.0/MQTT-3.3.1-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_packet(0x38, raw_text("t") + (version == Version::v5 ? "\0"s : ""s)));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("a PUBLISH of QoS 3 ends the connection", "[3.1.1/MQTT-3.3.1-4][5.0/MQTT-3.3.1-4]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto first_byte = GENERATE(0x36U, 0x37U, 0x3EU);
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_packet(first_byte, raw_text("t") + "\0\1\0"s));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("a topic name with a wildcard ends the connection",
          "[3.1.1/MQTT-3.3.2-2][5.0/MQTT-3.3.2-2][3.1.1/MQTT-4.7.1-1][5.0/MQTT-4.7.0-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto* const topic = GENERATE("a/+", "#", "a#b", "+");
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_packet(0x30, raw_text(topic) + (version == Version::v5 ? "\0"s : ""s)));
    client.expect_closed_for(ReasonCode::topic_name_invalid);
}

TEST_CASE("what is delivered matches the subscription", "[3.1.1/MQTT-3.3.2-3][5.0/MQTT-3.3.2-3]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("sport/+/score", Qos::at_most_once);
    for (const auto* const topic : {"sport/score", "sport/tennis/score", "sport/tennis/score/1", "Sport/tennis/score"})
        client.publish(topic, "x", Qos::at_most_once);
    CHECK(client.receive().topic == "sport/tennis/score");
    client.expect_nothing();
}

TEST_CASE("a PUBLISH is answered as its QoS asks", "[3.1.1/MQTT-3.3.4-1][5.0/MQTT-3.3.4-1][5.0/MQTT-3.4.2-1][5.0/MQTT-4.3.2-4]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.publish("t", "x", Qos::at_most_once);
    client.expect_nothing();
    client.publish("t", "x", Qos::at_least_once);
    client.expect_nothing();
}

TEST_CASE("a PUBLISH to where nobody may publish is acknowledged or ends the connection", "[3.1.1/MQTT-3.3.5-2]") {
    const Bench bench;
    auto client = bench.connect(Version::v311);
    wire::Publish message;
    message.topic = "$SYS/broker/uptime";
    message.qos = Qos::at_least_once;
    message.packet_id = 1;
    client.send(message);
    if (!client.has_ended()) CHECK(client.expect<wire::Puback>().packet_id == 1);
}

TEST_CASE("what a publisher said of its message reaches the subscriber unaltered",
          "[5.0/MQTT-3.3.2-4][5.0/MQTT-3.3.2-15][5.0/MQTT-3.3.2-16][5.0/MQTT-3.3.2-17][5.0/MQTT-3.3.2-18][5.0/MQTT-3.3.2-20]") {
    const auto qos = GENERATE(Qos::at_most_once, Qos::at_least_once);
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.subscribe("t");
    wire::Publish sent;
    sent.topic = "t";
    sent.qos = qos;
    sent.properties.payload_format_indicator = std::uint8_t{1};
    sent.properties.response_topic = "answers/here";
    sent.properties.correlation_data = "\0\xFF\x01";
    sent.properties.content_type = "text/plain; charset=utf-8";
    sent.properties.user_properties = {{"b", "1"}, {"a", "2"}, {"b", "1"}, {"", ""}, {"a", "0"}};
    bench.connect(Version::v5, "publisher").publish(sent);
    const auto& got = client.receive().properties;
    CHECK(got.payload_format_indicator == sent.properties.payload_format_indicator);
    CHECK(got.response_topic == sent.properties.response_topic);
    CHECK(got.correlation_data == sent.properties.correlation_data);
    CHECK(got.content_type == sent.properties.content_type);
    CHECK(got.user_properties == sent.properties.user_properties);
}

TEST_CASE("a message's expiry interval is passed on less the time it waited", "[5.0/MQTT-3.3.2-6]") {
    const Bench bench;
    auto client = bench.connect(hello_again(Version::v5));
    client.subscribe("t");
    wire::Publish message;
    message.topic = "t";
    message.qos = Qos::at_least_once;
    message.properties.message_expiry_interval = 100;
    auto publisher = bench.connect(Version::v5, "publisher");
    publisher.publish(message);
    CHECK(client.receive().properties.message_expiry_interval > 90);
    client.disconnect();
    publisher.publish(message);
    bench.let_pass(2);
    client = bench.connect(hello_again(Version::v5));
    const auto left = client.receive().properties.message_expiry_interval.value_or(0);
    CHECK(left <= 98);
    CHECK(left >= 80);
}

TEST_CASE("a message whose time is over is not delivered", "[5.0/MQTT-3.3.2-5]") {
    const Bench bench;
    auto client = bench.connect(hello_again(Version::v5));
    client.subscribe("t");
    client.subscribe("retained", Qos::at_most_once);
    client.disconnect();
    auto publisher = bench.connect(Version::v5, "publisher");
    wire::Publish message;
    message.topic = "t";
    message.payload = "short-lived";
    message.qos = Qos::at_least_once;
    message.properties.message_expiry_interval = 1;
    publisher.publish(message);
    message.topic = "retained";
    message.retain = true;
    publisher.publish(message);
    publisher.publish("t", "lasting");
    bench.let_pass(2);
    client = bench.connect(hello_again(Version::v5));
    CHECK(client.receive().payload == "lasting");
    client.subscribe("retained");
    client.expect_nothing();
}

TEST_CASE("response topic and content type are UTF-8", "[5.0/MQTT-3.3.2-13][5.0/MQTT-3.3.2-19]") {
    const auto* const property = GENERATE("\x08", "\x03");
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.send_bytes(raw_publish_with(property + raw_text("\xC3(")));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("a response topic with a wildcard ends the connection", "[5.0/MQTT-3.3.2-14]") {
    const auto* const topic = GENERATE("a/+", "#");
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.send_bytes(raw_publish_with("\x08" + raw_text(topic)));
    client.expect_closed_for(ReasonCode::topic_name_invalid);
}

TEST_CASE("a client's PUBLISH with a subscription identifier ends the connection", "[5.0/MQTT-3.3.4-6]") {
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.send_bytes(raw_publish_with("\x0B\x01"));
    client.expect_closed_for(ReasonCode::protocol_error);
}

}  // namespace
}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Receive maximum and topic aliases, both ways (MQTT 5.0, sections 3.1.2.11, 3.3.2.3.4, 3.3.4 and 4.9).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace muster::test {
namespace {

wire::Publish with_alias(std::string_view topic, std::uint16_t alias, std::string_view payload = "x") {
    wire::Publish message;
    message.topic = topic;
    message.payload = payload;
    message.properties.topic_alias = alias;
    return message;
}

// A client that takes so many aliases, subscribed to `#`.
Client alias_taker(const Bench& bench, std::uint16_t maximum) {
    auto connect = hello_again(Version::v5);
    if (maximum != 0) connect.properties.topic_alias_maximum = maximum;
    auto client = bench.connect(connect);
    client.subscribe("#", Qos::at_most_once);
    return client;
}

TEST_CASE("no more QoS 1 and 2 is in flight than the client's receive maximum, and other packets do not wait",
          "[5.0/MQTT-3.3.4-9][5.0/MQTT-3.3.4-10][5.0/MQTT-4.9.0-1][5.0/MQTT-4.9.0-2][5.0/MQTT-4.9.0-3]") {
    const Bench bench;
    auto connect = hello(Version::v5);
    connect.properties.receive_maximum = std::uint16_t{2};
    auto client = bench.connect(connect);
    client.subscribe("t", Qos::exactly_once);
    auto publisher = bench.connect(Version::v5, "publisher");
    publisher.publish("t", "1", Qos::at_least_once);
    publisher.publish("t", "2", Qos::exactly_once);
    publisher.publish("t", "3", Qos::at_least_once);
    publisher.publish("t", "4", Qos::exactly_once);
    const auto first = client.expect<wire::Publish>().packet_id;
    const auto second = client.expect<wire::Publish>().packet_id;
    // QoS 0, SUBACK, PINGRESP pass the window; the third message does not.
    publisher.publish("t", "unhindered", Qos::at_most_once);
    CHECK(client.expect<wire::Publish>().payload == "unhindered");
    client.subscribe("other");
    client.expect_nothing();
    client.send(wire::Puback{first, ReasonCode::success, {}});
    CHECK(client.expect<wire::Publish>().payload == "3");
    // PUBREC alone frees nothing.
    client.send(wire::Pubrec{second, ReasonCode::success, {}});
    client.expect<wire::Pubrel>();
    client.expect_nothing();
    client.send(wire::Pubcomp{second, ReasonCode::success, {}});
    CHECK(client.expect<wire::Publish>().payload == "4");
}

TEST_CASE("a client that keeps more QoS 2 unreleased than the broker's receive maximum is disconnected", "[5.0/MQTT-4.13.1-1]") {
    const Bench bench;
    auto client = bench.open();
    const auto maximum = bench.ask(client, hello(Version::v5)).properties.receive_maximum.value_or(65'535);
    wire::Publish message;
    message.topic = "t";
    message.qos = Qos::exactly_once;
    for (std::uint32_t id = 1; id <= maximum; ++id) {
        message.packet_id = static_cast<wire::PacketId>(id);
        client.send(message);
        client.expect<wire::Pubrec>();
    }
    ++message.packet_id;
    client.send(message);
    client.expect_closed_for(ReasonCode::receive_maximum_exceeded);
}

TEST_CASE("the broker takes every topic alias from 1 to its own maximum, and a new topic for it", "[5.0/MQTT-3.3.2-12]") {
    const Bench bench;
    auto client = bench.open();
    const auto maximum = bench.ask(client, hello(Version::v5)).properties.topic_alias_maximum.value_or(0);
    REQUIRE(maximum > 0);
    client.subscribe("#", Qos::at_most_once);
    for (std::uint32_t each = 1; each <= maximum; ++each) {
        const auto alias = static_cast<std::uint16_t>(each);
        const auto topic = "a/" + std::to_string(alias);
        client.send(with_alias(topic, alias));
        CHECK(client.receive().topic == topic);
        client.send(with_alias("", alias));
        CHECK(client.receive().topic == topic);
    }
    client.send(with_alias("another", 1));
    CHECK(client.receive().topic == "another");
    client.send(with_alias("", 1));
    CHECK(client.receive().topic == "another");
}

TEST_CASE("topic alias 0, one above the broker's maximum and one that was never set end the connection",
          "[5.0/MQTT-3.3.2-8][5.0/MQTT-4.13.1-1]") {
    const Bench bench;
    auto client = bench.open();
    const auto maximum = bench.ask(client, hello(Version::v5)).properties.topic_alias_maximum.value_or(0);
    SECTION("0") {
        client.send_bytes(raw_packet(0x30, raw_text("t") + std::string("\x03\x23\0\0", 4)));
        client.expect_closed_for(ReasonCode::topic_alias_invalid);
    }
    SECTION("above the maximum") {
        client.send(with_alias("t", static_cast<std::uint16_t>(maximum + 1)));
        client.expect_closed_for(ReasonCode::topic_alias_invalid);
    }
    SECTION("never set") {
        client.send(with_alias("", 1));
        client.expect_closed_for(ReasonCode::protocol_error);
    }
}

TEST_CASE("a client's topic aliases end with their connection", "[5.0/MQTT-3.3.2-7]") {
    const Bench bench;
    auto client = bench.connect(hello_again(Version::v5));
    client.send(with_alias("t", 1));
    client.expect_nothing();
    client.cut();
    client = bench.connect(hello_again(Version::v5));
    client.send(with_alias("", 1));
    client.expect_closed_for(ReasonCode::protocol_error);
}

TEST_CASE("the broker's topic aliases stay within the client's maximum and mean what they meant",
          "[5.0/MQTT-3.1.2-26][5.0/MQTT-3.3.2-11]") {
    const Bench bench;
    auto client = alias_taker(bench, 2);
    auto publisher = bench.connect(Version::v5, "publisher");
    std::map<std::uint16_t, std::string> meaning;
    for (int i = 0; i < 20; ++i) {
        const auto topic = "some/longer/topic/" + std::to_string(i % 5);
        publisher.publish(topic, "x", Qos::at_most_once);
        const auto& got = client.receive();
        const auto alias = got.properties.topic_alias.value_or(0);
        CHECK(alias <= 2);
        if (alias != 0 && !got.topic.empty()) meaning[alias] = got.topic;
        CHECK((got.topic.empty() ? meaning[alias] : std::string(got.topic)) == topic);
    }
    CHECK(meaning.size() == 2);
}

TEST_CASE("a client that names no topic alias maximum, or 0, is sent no alias", "[5.0/MQTT-3.1.2-27]") {
    const Bench bench;
    auto connect = hello(Version::v5);
    if (GENERATE(false, true)) connect.properties.topic_alias_maximum = std::uint16_t{0};
    auto client = bench.connect(connect);
    client.subscribe("#", Qos::at_most_once);
    for (int i = 0; i < 3; ++i) {
        client.publish("some/longer/topic", "x", Qos::at_most_once);
        CHECK_FALSE(client.receive().properties.topic_alias.has_value());
    }
}

TEST_CASE("the broker's topic aliases end with their connection", "[5.0/MQTT-3.3.2-7]") {
    const Bench bench;
    auto client = alias_taker(bench, 5);
    auto publisher = bench.connect(Version::v5, "publisher");
    publisher.publish("some/longer/topic", "x", Qos::at_most_once);
    client.receive();
    publisher.publish("some/longer/topic", "x", Qos::at_most_once);
    CHECK(client.receive().topic.empty());
    client.cut();
    client = alias_taker(bench, 5);
    publisher.publish("some/longer/topic", "x", Qos::at_most_once);
    CHECK(client.receive().topic == "some/longer/topic");
}

}  // namespace
}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Data types, fixed headers and packet identifiers: chapters 1 and 2 of both specifications.
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace muster::test {
namespace {

using namespace std::string_literals;

std::string raw_publish(Version version, const std::string& topic) {
    return raw_packet(0x30, raw_text(topic) + (version == Version::v5 ? "\0"s : ""s));
}

TEST_CASE("a string that is not well-formed UTF-8 costs the connection",
          "[3.1.1/MQTT-1.5.3-1][5.0/MQTT-1.5.4-1][3.1.1/MQTT-3.3.2-1][5.0/MQTT-3.3.2-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto* const text = GENERATE("\xC3(", "\xC0\xAF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xE2\x82", "\xFF");
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_publish(version, text));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("a string with U+0000 costs the connection", "[3.1.1/MQTT-1.5.3-2][5.0/MQTT-1.5.4-2][3.1.1/MQTT-4.7.3-2][5.0/MQTT-4.7.3-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    SECTION("in a topic name") {
        auto client = bench.connect(version);
        client.send_bytes(raw_publish(version, "a\0b"s));
        client.expect_closed_for(ReasonCode::malformed_packet);
    }
    SECTION("in a topic filter") {
        auto client = bench.connect(version);
        client.send_bytes(raw_packet(0x82, "\0\1"s + (version == Version::v5 ? "\0"s : ""s) + raw_text("a\0b"s) + "\0"s));
        client.expect_closed_for(ReasonCode::malformed_packet);
    }
}

TEST_CASE("U+FEFF is a character like others and stays where it is", "[3.1.1/MQTT-1.5.3-3][5.0/MQTT-1.5.4-3]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("\xEF\xBB\xBF/mark");
    client.subscribe("/mark");
    client.publish("\xEF\xBB\xBF/mark", "1", Qos::at_most_once);
    CHECK(client.receive().topic == "\xEF\xBB\xBF/mark");
    client.expect_nothing();
}

TEST_CASE("a variable byte integer that is longer than it must be costs the connection", "[5.0/MQTT-1.5.5-1]") {
    const Bench bench;
    auto client = bench.connect(Version::v5);
    SECTION("as a property length") {
        client.send_bytes(raw_packet(0x30, raw_text("t") + "\x80\0"s));
    }
    SECTION("as a remaining length") {
        client.send_bytes("\xC0\x80\0"s);
    }
    SECTION("of more than four bytes") {
        client.send_bytes("\x30\xFF\xFF\xFF\xFF\x01"s);
    }
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("both strings of a pair are UTF-8 or the connection ends", "[5.0/MQTT-1.5.7-1]") {
    const Bench bench;
    auto client = bench.connect(Version::v5);
    const auto pair = GENERATE(raw_text("\xFF") + raw_text("value"), raw_text("name") + raw_text("a\0b"s));
    client.send_bytes(raw_packet(0x30, raw_text("t") + static_cast<char>(pair.size() + 1) + "\x26" + pair));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("reserved flags of a fixed header that are not as listed cost the connection",
          "[3.1.1/MQTT-2.2.2-1][3.1.1/MQTT-2.2.2-2][5.0/MQTT-2.1.3-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto first_byte = GENERATE(0x41U, 0x52U, 0x72U, 0xC1U, 0xC8U);
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_packet(first_byte, first_byte >= 0xC0U ? ""s : "\0\1"s));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("SUBSCRIBE with other flags than 2 costs the connection", "[3.1.1/MQTT-3.8.1-1][5.0/MQTT-3.8.1-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto first_byte = GENERATE(0x80U, 0x83U, 0x8AU);
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_packet(first_byte, "\0\1"s + (version == Version::v5 ? "\0"s : ""s) + raw_text("t") + "\0"s));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("UNSUBSCRIBE with other flags than 2 costs the connection", "[3.1.1/MQTT-3.10.1-1][5.0/MQTT-3.10.1-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto first_byte = GENERATE(0xA0U, 0xA3U, 0xAAU);
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_packet(first_byte, "\0\1"s + (version == Version::v5 ? "\0"s : ""s) + raw_text("t")));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("PUBREL with other flags than 2 costs the connection", "[3.1.1/MQTT-3.6.1-1][5.0/MQTT-3.6.1-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto first_byte = GENERATE(0x60U, 0x63U, 0x6AU);
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_packet(first_byte, "\0\1"s));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("DISCONNECT with reserved bits set is malformed, and the will is published", "[3.1.1/MQTT-3.14.1-1][5.0/MQTT-3.14.1-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto observer = bench.connect(version, "observer");
    observer.subscribe("will");
    auto connect = hello(version);
    connect.will = will();
    auto client = bench.connect(connect);
    client.send_bytes(raw_packet(0xE1, ""));
    client.expect_closed_for(ReasonCode::malformed_packet);
    observer.receive();
}

TEST_CASE("AUTH with reserved bits set is malformed", "[5.0/MQTT-3.15.1-1]") {
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.send_bytes(raw_packet(0xF1, ""));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("a packet that needs an identifier and has 0 costs the connection", "[3.1.1/MQTT-2.3.1-1]") {
    const Bench bench;
    auto client = bench.connect(Version::v311);
    SECTION("SUBSCRIBE") {
        client.send_bytes(raw_packet(0x82, "\0\0"s + raw_text("t") + "\0"s));
    }
    SECTION("UNSUBSCRIBE") {
        client.send_bytes(raw_packet(0xA2, "\0\0"s + raw_text("t")));
    }
    SECTION("PUBLISH") {
        client.send_bytes(raw_packet(0x32, raw_text("t") + "\0\0"s));
    }
    client.expect_closed();
}

TEST_CASE("the broker's own packet identifiers are neither 0 nor in use", "[3.1.1/MQTT-2.3.1-4][5.0/MQTT-2.2.1-4][5.0/MQTT-4.3.2-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto subscriber = bench.connect(version, "subscriber");
    subscriber.subscribe("t");
    auto publisher = bench.connect(version);
    std::set<wire::PacketId> ids;
    for (int i = 0; i < 20; ++i) {
        publisher.publish("t", "x");
        ids.insert(subscriber.expect<wire::Publish>().packet_id);
    }
    CHECK(ids.size() == 20);
    CHECK(ids.count(0) == 0);
}

TEST_CASE("a PUBLISH of QoS 0 carries no packet identifier, and no properties are a length of 0",
          "[3.1.1/MQTT-2.3.1-5][5.0/MQTT-2.2.1-2][5.0/MQTT-2.2.2-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("t", Qos::at_most_once);
    client.publish("t", "hi", Qos::at_most_once);
    client.receive();
    CHECK(client.last_bytes() == (version == Version::v5 ? "\x30\x06\0\1t\0hi"s : "\x30\x05\0\1thi"s));
}

TEST_CASE("an acknowledgement carries the identifier of what it acknowledges",
          "[3.1.1/MQTT-2.3.1-6][3.1.1/MQTT-2.3.1-7][5.0/MQTT-2.2.1-5][5.0/MQTT-2.2.1-6][3.1.1/MQTT-3.8.4-2][5.0/MQTT-3.8.4-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto id = GENERATE(wire::PacketId{1}, wire::PacketId{0x0102}, wire::PacketId{65'535});
    const Bench bench;
    auto client = bench.connect(version);
    client.send(wire::Subscribe{id, {}, {{"t", Qos::at_most_once, false, false, 0}}});
    CHECK(client.expect<wire::Suback>().packet_id == id);
    client.send(wire::Unsubscribe{id, {}, {"t"}});
    CHECK(client.expect<wire::Unsuback>().packet_id == id);
    wire::Publish message;
    message.topic = "t";
    message.qos = Qos::at_least_once;
    message.packet_id = id;
    client.send(message);
    CHECK(client.expect<wire::Puback>().packet_id == id);
}

TEST_CASE("packets may come byte by byte, or many at once", "[3.1.1/MQTT-7.1.1-1][5.0/MQTT-4.2-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("t", Qos::at_most_once);
    const auto packet = raw_publish(version, "t");
    for (const char byte : packet) client.send_bytes(std::string(1, byte));
    client.receive();
    std::string many;
    for (int i = 0; i < 1'000; ++i) many += packet;
    client.send_bytes(many);
    for (int i = 0; i < 1'000; ++i) client.receive();
    client.expect_nothing();
}

}  // namespace
}  // namespace muster::test

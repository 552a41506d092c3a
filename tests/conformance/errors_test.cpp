// SPDX-License-Identifier: Apache-2.0
// Errors and limits: what ends a connection, with which words, and what does not fit (sections 3.1.2, 3.14, 4.8 and 4.13).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::string_literals;

struct Violation {
    const char* what;
    std::string bytes;
    ReasonCode reason;
};

std::vector<Violation> violations(Version version) {
    const auto properties = version == Version::v5 ? "\0"s : ""s;
    return {
        {"packet type 0", raw_packet(0x00, ""), ReasonCode::malformed_packet},
        {"a remaining length of five bytes", "\x30\xFF\xFF\xFF\xFF\x7F"s, ReasonCode::malformed_packet},
        {"a PUBLISH that ends within its topic", raw_packet(0x30, "\0\5ab"s), ReasonCode::malformed_packet},
        {"a PUBACK of one byte", raw_packet(0x40, "\0"s), ReasonCode::malformed_packet},
        {"a PINGREQ with a body", raw_packet(0xC0, "x"), ReasonCode::malformed_packet},
        {"a SUBSCRIBE that ends within its filter", raw_packet(0x82, "\0\1"s + properties + "\0\5a"s), ReasonCode::malformed_packet},
        {"a CONNACK from a client", raw_packet(0x20, "\0\0"s + properties), ReasonCode::protocol_error},
        {"a SUBACK from a client", raw_packet(0x90, "\0\1"s + properties + "\0"s), ReasonCode::protocol_error},
        {"a PINGRESP from a client", raw_packet(0xD0, ""), ReasonCode::protocol_error},
    };
}

// What only 5.0 has: properties, reason codes, subscription options.
std::vector<Violation> v5_violations() {
    const auto publish = [](const std::string& properties) {
        return raw_packet(0x30, raw_text("t") + static_cast<char>(properties.size()) + properties);
    };
    const auto subscribe = [](const std::string& properties, char options) {
        return raw_packet(0x82, "\0\1"s + static_cast<char>(properties.size()) + properties + raw_text("t") + options);
    };
    return {
        {"a property twice", publish("\x02\0\0\0\1\x02\0\0\0\1"s), ReasonCode::protocol_error},
        {"a property of another packet", publish("\x11\0\0\0\1"s), ReasonCode::malformed_packet},
        {"an unknown property", publish("\x7F\0"s), ReasonCode::malformed_packet},
        {"properties longer than their packet", raw_packet(0x30, raw_text("t") + "\x20\x01"), ReasonCode::malformed_packet},
        {"a payload format indicator of 2", publish("\x01\x02"), ReasonCode::protocol_error},
        {"no topic and no alias", raw_packet(0x30, raw_text("") + "\0"s), ReasonCode::protocol_error},
        {"subscription identifier 0", subscribe("\x0B\0"s, '\0'), ReasonCode::protocol_error},
        {"two subscription identifiers", subscribe("\x0B\1\x0B\2", '\0'), ReasonCode::protocol_error},
        {"retain handling 3", subscribe("", '\x30'), ReasonCode::protocol_error},
        {"a PUBACK with a reason that it does not have", raw_packet(0x40, "\0\1\x8E"s), ReasonCode::protocol_error},
        {"a DISCONNECT with a reason that it does not have", raw_packet(0xE0, "\x91"s), ReasonCode::protocol_error},
        {"a session expiry after CONNECT said 0", raw_packet(0xE0, "\0\5\x11\0\0\0\1"s), ReasonCode::protocol_error},
        {"an AUTH without a method", raw_packet(0xF0, "\x18\0"s), ReasonCode::protocol_error},
    };
}

TEST_CASE("properties, reason codes and options that must not be end the connection", "[5.0/MQTT-4.13.1-1]") {
    const Bench bench;
    for (const auto& violation : v5_violations()) {
        INFO(violation.what);
        auto client = bench.connect(Version::v5);
        client.send_bytes(violation.bytes);
        client.expect_closed_for(violation.reason);
    }
}

TEST_CASE("a CONNECT with a property that must not be ends the connection", "[5.0/MQTT-3.1.4-1][5.0/MQTT-4.13.1-1]") {
    const auto properties = GENERATE("\x21\0\0"s, "\x27\0\0\0\0"s, "\x17\2"s, "\x19\2"s, "\x16\0\1x"s, "\x22\0\1\x22\0\1"s, "\x23\0\1"s);
    const Bench bench;
    auto client = bench.open();
    client.send_bytes(
        raw_packet(0x10, raw_text("MQTT") + "\5\2\0\x3C"s + static_cast<char>(properties.size()) + properties + raw_text("tester")));
    client.expect_closed();
}

TEST_CASE("a malformed packet or a protocol error ends the connection, and only this one",
          "[3.1.1/MQTT-4.8.0-1][5.0/MQTT-4.13.1-1][5.0/MQTT-4.13.2-1][5.0/MQTT-3.14.2-1][5.0/MQTT-3.14.4-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto bystander = bench.connect(version, "bystander");
    for (const auto& violation : violations(version)) {
        INFO(violation.what);
        auto client = bench.connect(version);
        client.send_bytes(violation.bytes);
        client.expect_closed_for(violation.reason);
    }
    bystander.expect_nothing();
}

TEST_CASE("nothing follows the broker's DISCONNECT, which says no session expiry",
          "[5.0/MQTT-3.14.4-1][5.0/MQTT-3.14.4-2][5.0/MQTT-3.14.2-2]") {
    const Bench bench;
    auto client = bench.connect(hello_again(Version::v5));
    client.subscribe("t");
    auto publisher = bench.connect(Version::v5, "publisher");
    client.send_bytes(raw_packet(0x00, "") + "\xC0\0"s);
    publisher.publish("t", "x");
    CHECK_FALSE(client.expect<wire::Disconnect>().properties.session_expiry_interval.has_value());
    client.expect_closed();
}

TEST_CASE("a DISCONNECT stays within the client's maximum packet size: its reason string goes first",
          "[5.0/MQTT-3.14.2-3][5.0/MQTT-3.14.2-4]") {
    const Bench bench;
    auto connect = hello(Version::v5);
    const bool is_small = GENERATE(false, true);
    if (is_small) connect.properties.maximum_packet_size = 32;
    auto client = bench.connect(connect);
    client.send_bytes(raw_packet(0xC1, ""));
    const auto& goodbye = client.expect<wire::Disconnect>();
    CHECK(goodbye.properties.reason_string.has_value() != is_small);
    if (is_small) CHECK(client.last_bytes().size() <= 32);
    client.expect_closed();
}

TEST_CASE("acknowledgements stay within the client's maximum packet size",
          "[5.0/MQTT-3.4.2-2][5.0/MQTT-3.4.2-3][5.0/MQTT-3.9.2-1][5.0/MQTT-3.9.2-2][5.0/MQTT-3.11.2-1][5.0/MQTT-3.11.2-2]") {
    const Bench bench;
    auto connect = hello(Version::v5);
    connect.properties.maximum_packet_size = 32;
    auto client = bench.connect(connect);
    client.publish("nobody/listens", "x");
    CHECK(client.last_bytes().size() <= 32);
    CHECK(client.subscribe("a/#/b") == ReasonCode::topic_filter_invalid);
    CHECK(client.last_bytes().size() <= 32);
    client.unsubscribe("never");
    CHECK(client.last_bytes().size() <= 32);
}

TEST_CASE("a message above the client's maximum packet size is dropped as if it had been delivered",
          "[5.0/MQTT-3.1.2-24][5.0/MQTT-3.1.2-25]") {
    const auto qos = GENERATE(Qos::at_most_once, Qos::at_least_once);
    const Bench bench;
    auto connect = hello_again(Version::v5);
    connect.properties.maximum_packet_size = 64;
    auto client = bench.connect(connect);
    client.subscribe("t", qos);
    auto publisher = bench.connect(Version::v5, "publisher");
    publisher.publish("t", std::string(64, 'x'), qos);
    publisher.publish("t", "small", qos);
    CHECK(client.receive().payload == "small");
    CHECK(client.last_bytes().size() <= 64);
    // Nor is it waiting for a connection that would take it.
    client.cut();
    client = bench.connect(hello_again(Version::v5));
    client.expect_nothing();
}

TEST_CASE("a packet above the broker's own maximum ends the connection", "[5.0/MQTT-4.13.1-1][3.1.1/MQTT-4.8.0-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    testbroker::BrokerConfig config;
    config.max_packet_size = 1'000;
    const Bench bench(config);
    auto client = bench.connect(version);
    client.send_bytes("\x30\xF0\x7F"s);
    client.expect_closed_for(ReasonCode::packet_too_large);
}

TEST_CASE("what cannot be processed for the moment ends its connection, and only this one", "[3.1.1/MQTT-4.8.0-2]") {
    Bench bench;
    testbroker::TenantLimits limits;
    limits.messages_per_second = 2;
    REQUIRE(bench.broker().set_tenant_limits("acme", limits).ok());
    auto other = bench.connect(Version::v311, "other");
    auto client = bench.connect(Version::v311);
    wire::Publish message;
    message.topic = "t";
    message.qos = Qos::at_least_once;
    for (message.packet_id = 1; message.packet_id <= 10; ++message.packet_id) client.send(message);
    std::size_t acknowledged = 0;
    for (; !client.has_ended(); ++acknowledged) client.expect<wire::Puback>();
    CHECK(acknowledged < 10);
    other.expect_nothing();
}

}  // namespace
}  // namespace muster::test

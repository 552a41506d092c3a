// SPDX-License-Identifier: Apache-2.0
// The CONNECT packet: its place, its header, its flags (section 3.1 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::string_literals;

constexpr unsigned clean_flag = 0x02;

// A CONNECT of which everything may be wrong.
std::string raw_connect(Version version, unsigned flags, const std::string& payload, const std::string& name = "MQTT") {
    const bool v5 = version == Version::v5;
    const std::string level(1, static_cast<char>(version));
    return raw_packet(0x10, raw_text(name) + level + static_cast<char>(flags) + "\0\x3C"s + (v5 ? "\0"s : ""s) + payload);
}

// Closed without a word: nothing is known of this client that could be answered.
void check_closed(Version version, const std::string& bytes) {
    const Bench bench;
    auto client = bench.open(version);
    client.send_bytes(bytes);
    client.expect_closed();
}

// What follows a will's flag in the payload.
std::string raw_will(Version version) {
    return (version == Version::v5 ? "\0"s : ""s) + raw_text("will") + raw_text("gone");
}

TEST_CASE("whatever comes before CONNECT costs the connection, without a DISCONNECT",
          "[3.1.1/MQTT-3.1.0-1][5.0/MQTT-3.1.0-1][5.0/MQTT-3.14.0-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto bytes = GENERATE("\xC0\0"s, "\xE0\0"s, "\x40\2\0\1"s, "\x30\4\0\1t\0"s);
    check_closed(version, bytes);
}

TEST_CASE("a second CONNECT costs the connection", "[3.1.1/MQTT-3.1.0-2][5.0/MQTT-3.1.0-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.send(hello(version));
    client.expect_closed_for(ReasonCode::protocol_error);
}

TEST_CASE("a protocol name that is not MQTT is not served", "[3.1.1/MQTT-3.1.2-1][5.0/MQTT-3.1.2-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto* const name = GENERATE("mqtt", "MQIsdp", "HTTP", "MQTTT");
    const Bench bench;
    auto client = bench.open(Version::v311);
    client.send_bytes(raw_connect(version, clean_flag, raw_text("tester"), name));
    CHECK(client.expect<wire::Connack>().reason != ReasonCode::success);
    client.expect_closed();
}

TEST_CASE("an unknown protocol level is answered with return code 1, and the connection ends", "[3.1.1/MQTT-3.1.2-2][5.0/MQTT-3.1.2-2]") {
    const auto level = GENERATE(0, 3, 6, 0x84, 255);
    const Bench bench;
    auto client = bench.open(Version::v311);
    client.send_bytes(raw_connect(static_cast<Version>(level), clean_flag, raw_text("tester")));
    client.expect<wire::Connack>();
    CHECK(client.last_bytes() == "\x20\2\0\1"s);
    client.expect_closed();
}

TEST_CASE("the reserved flag of CONNECT must be 0", "[3.1.1/MQTT-3.1.2-3][5.0/MQTT-3.1.2-3]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    check_closed(version, raw_connect(version, clean_flag | 1U, raw_text("tester")));
}

TEST_CASE("a will flag promises a topic and a message in the payload", "[3.1.1/MQTT-3.1.2-9][5.0/MQTT-3.1.2-9]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    SECTION("neither is there") {
        check_closed(version, raw_connect(version, clean_flag | 4U, raw_text("tester")));
    }
    SECTION("the message is missing") {
        const auto part = (version == Version::v5 ? "\0"s : ""s) + raw_text("will");
        check_closed(version, raw_connect(version, clean_flag | 4U, raw_text("tester") + part));
    }
}

TEST_CASE("without a will flag there is no will in the flags or the payload",
          "[3.1.1/MQTT-3.1.2-11][3.1.1/MQTT-3.1.2-13][3.1.1/MQTT-3.1.2-15][5.0/MQTT-3.1.2-11][5.0/MQTT-3.1.2-13]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    SECTION("no will QoS") {
        const auto qos_bits = GENERATE(0x08U, 0x10U, 0x18U);
        check_closed(version, raw_connect(version, clean_flag | qos_bits, raw_text("tester")));
    }
    SECTION("no will retain") {
        check_closed(version, raw_connect(version, clean_flag | 0x20U, raw_text("tester")));
    }
    SECTION("no will topic and message") {
        check_closed(version, raw_connect(version, clean_flag, raw_text("tester") + raw_will(version)));
    }
}

TEST_CASE("a will's QoS is not 3", "[3.1.1/MQTT-3.1.2-14][5.0/MQTT-3.1.2-12]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    check_closed(version, raw_connect(version, clean_flag | 0x1CU, raw_text("tester") + raw_will(version)));
}

TEST_CASE("user name and password stand in the payload as their flags say",
          "[3.1.1/MQTT-3.1.2-18][3.1.1/MQTT-3.1.2-19][3.1.1/MQTT-3.1.2-20][3.1.1/MQTT-3.1.2-21][5.0/MQTT-3.1.2-16][5.0/MQTT-3.1.2-17]"
          "[5.0/MQTT-3.1.2-18][5.0/MQTT-3.1.2-19]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto id = raw_text("tester");
    const auto user = raw_text("acme/tester");
    const auto password = raw_text("open sesame");
    SECTION("a user name without its flag") {
        check_closed(version, raw_connect(version, clean_flag, id + user));
    }
    SECTION("a flag without its user name") {
        check_closed(version, raw_connect(version, clean_flag | 0x80U, id));
    }
    SECTION("a password without its flag") {
        check_closed(version, raw_connect(version, clean_flag | 0x80U, id + user + password));
    }
    SECTION("a flag without its password") {
        check_closed(version, raw_connect(version, clean_flag | 0xC0U, id + user));
    }
}

TEST_CASE("3.1.1 has no password without a user name", "[3.1.1/MQTT-3.1.2-22]") {
    check_closed(Version::v311, raw_connect(Version::v311, clean_flag | 0x40U, raw_text("tester") + raw_text("open sesame")));
}

TEST_CASE("the payload's fields are read in the order client id, will, user name, password",
          "[3.1.1/MQTT-3.1.3-1][5.0/MQTT-3.1.3-1][3.1.1/MQTT-3.1.3-3][5.0/MQTT-3.1.3-3]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto observer = bench.connect(version, "observer");
    observer.subscribe("will");
    SECTION("all of them") {
        auto client = bench.open(version);
        const auto credentials = raw_text("acme/tester") + raw_text("open sesame");
        client.send_bytes(raw_connect(version, clean_flag | 0xC4U, raw_text("tester") + raw_will(version) + credentials));
        CHECK(client.expect<wire::Connack>().reason == ReasonCode::success);
        client.cut();
        CHECK(observer.receive().payload == "gone");
    }
    SECTION("a CONNECT without even a client id is no CONNECT") {
        auto client = bench.open(version);
        client.send_bytes(raw_connect(version, clean_flag, ""));
        client.expect_closed();
    }
}

TEST_CASE("client id, will topic and user name are UTF-8",
          "[3.1.1/MQTT-3.1.3-4][5.0/MQTT-3.1.3-4][3.1.1/MQTT-3.1.3-10][5.0/MQTT-3.1.3-11][3.1.1/MQTT-3.1.3-11][5.0/MQTT-3.1.3-12]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto bad = raw_text("\xC3(");
    SECTION("client id") {
        check_closed(version, raw_connect(version, clean_flag, bad));
    }
    SECTION("will topic") {
        const auto part = (version == Version::v5 ? "\0"s : ""s) + bad + raw_text("gone");
        check_closed(version, raw_connect(version, clean_flag | 4U, raw_text("tester") + part));
    }
    SECTION("user name") {
        check_closed(version, raw_connect(version, clean_flag | 0x80U, raw_text("tester") + bad));
    }
}

TEST_CASE("a client id of 1 to 23 letters and digits is allowed, and of other characters too", "[3.1.1/MQTT-3.1.3-5][5.0/MQTT-3.1.3-5]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    for (const auto* const id : {"a", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ", "a/+#%\xC3\xA4 b"}) {
        auto client = bench.connect(version, id);
        client.disconnect();
    }
}

TEST_CASE("a client without a client id gets one of its own",
          "[3.1.1/MQTT-3.1.3-6][5.0/MQTT-3.1.3-6][5.0/MQTT-3.1.3-7][5.0/MQTT-3.2.2-16]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto first = bench.open(version);
    auto second = bench.open(version);
    const auto& first_answer = bench.ask(first, hello(version, ""));
    const auto& second_answer = bench.ask(second, hello(version, ""));
    CHECK(first_answer.reason == ReasonCode::success);
    if (version == Version::v5) {
        REQUIRE(first_answer.properties.assigned_client_identifier.has_value());
        CHECK_FALSE(first_answer.properties.assigned_client_identifier->empty());
        CHECK(first_answer.properties.assigned_client_identifier != second_answer.properties.assigned_client_identifier);
    }
    // Neither has taken the other's session over.
    first.expect_nothing();
    second.expect_nothing();
}

TEST_CASE("3.1.1 has no stored session without a client id", "[3.1.1/MQTT-3.1.3-8][3.1.1/MQTT-3.1.3-9]") {
    const Bench bench;
    auto client = bench.open(Version::v311);
    bench.ask(client, hello_again(Version::v311, ""));
    CHECK(client.last_bytes() == "\x20\2\0\2"s);
    client.expect_closed();
}

}  // namespace
}  // namespace muster::test

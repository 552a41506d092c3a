// SPDX-License-Identifier: Apache-2.0
// The answer to CONNECT: accepted, refused, taken over (sections 3.1.4 and 3.2 of both specifications).
#include "conformance/bench.hpp"
#include "wire/encode.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::string_literals;

wire::Connect with_wrong_password(Version version) {
    auto connect = hello_again(version);
    connect.password = "wrong";
    return connect;
}

TEST_CASE("a CONNECT that is malformed ends the connection without CONNACK", "[3.1.1/MQTT-3.1.4-1][3.1.1/MQTT-3.2.2-6][5.0/MQTT-3.1.4-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    std::string whole;
    wire::encode(wire::Packet(hello(version)), version, whole);
    const std::string body = whole.substr(2);
    auto client = bench.open(version);
    SECTION("cut short") {
        client.send_bytes(raw_packet(0x10, body.substr(0, body.size() - 1)));
    }
    SECTION("with bytes at its end") {
        client.send_bytes(raw_packet(0x10, body + "x"));
    }
    client.expect_closed();
}

TEST_CASE("a refused CONNECT is answered with a reason and no session, then the connection ends",
          "[3.1.1/MQTT-3.2.2-4][3.1.1/MQTT-3.2.2-5][5.0/MQTT-3.1.4-2][5.0/MQTT-3.2.2-6][5.0/MQTT-3.2.2-7][5.0/MQTT-3.2.2-8]"
          "[5.0/MQTT-4.13.2-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    bench.connect(hello_again(version)).disconnect();
    auto client = bench.open(version);
    const auto& answer = bench.ask(client, with_wrong_password(version));
    CHECK_FALSE(answer.session_present);
    CHECK(answer.reason == (version == Version::v5 ? ReasonCode::bad_user_name_or_password : ReasonCode{4}));
    client.expect_closed();
}

TEST_CASE("an accepted CONNECT is answered first and once, whatever follows it",
          "[3.1.1/MQTT-3.1.4-4][3.1.1/MQTT-3.2.0-1][5.0/MQTT-3.1.4-5][5.0/MQTT-3.2.0-1][5.0/MQTT-3.2.0-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.open(version);
    std::string bytes;
    wire::encode(wire::Packet(hello(version)), version, bytes);
    wire::encode(wire::Packet(wire::Subscribe{1, {}, {{"t", Qos::at_most_once, false, false, 0}}}), version, bytes);
    client.send_bytes(bytes);
    CHECK(client.expect<wire::Connack>().reason == ReasonCode::success);
    client.expect<wire::Suback>();
    client.expect_nothing();
}

TEST_CASE("nothing that follows a refused CONNECT is processed", "[3.1.1/MQTT-3.1.4-5][5.0/MQTT-3.1.4-6]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto observer = bench.connect(version, "observer");
    observer.subscribe("t");
    std::string bytes;
    wire::encode(wire::Packet(with_wrong_password(version)), version, bytes);
    wire::Publish message;
    message.topic = "t";
    wire::encode(message, version, bytes);
    auto client = bench.open(version);
    client.send_bytes(bytes);
    client.expect<wire::Connack>();
    client.expect_closed();
    observer.expect_nothing();
}

TEST_CASE("a client id that is in use belongs to the newer connection", "[3.1.1/MQTT-3.1.4-2][5.0/MQTT-3.1.4-3]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto older = bench.connect(version);
    auto newer = bench.connect(version);
    older.expect_closed_for(ReasonCode::session_taken_over);
    newer.expect_nothing();
}

TEST_CASE("session present says whether a session was there",
          "[3.1.1/MQTT-3.2.2-2][3.1.1/MQTT-3.2.2-3][3.1.1/MQTT-3.1.4-3][5.0/MQTT-3.2.2-3][5.0/MQTT-3.1.4-4][3.1.1/MQTT-3.2.2-1]"
          "[5.0/MQTT-3.2.2-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    const auto is_present = [&](const wire::Connect& connect) {
        auto client = bench.open(version);
        const bool present = bench.ask(client, connect).session_present;
        client.disconnect();
        return present;
    };
    CHECK_FALSE(is_present(hello_again(version)));
    CHECK(is_present(hello_again(version)));
    CHECK_FALSE(is_present(hello(version)));
    CHECK_FALSE(is_present(hello_again(version)));
}

TEST_CASE("the reserved bits of CONNACK are 0", "[5.0/MQTT-3.2.2-1]") {
    const Bench bench;
    bench.connect(hello_again(Version::v5)).disconnect();
    auto client = bench.connect(hello_again(Version::v5));
    CHECK(client.last_bytes().at(2) == 1);
}

TEST_CASE("a CONNACK stays within the client's maximum packet size: its reason string goes first",
          "[5.0/MQTT-3.2.2-19][5.0/MQTT-3.2.2-20]") {
    const Bench bench;
    auto connect = with_wrong_password(Version::v5);
    auto client = bench.open();
    SECTION("room for it") {
        CHECK(bench.ask(client, connect).properties.reason_string.has_value());
    }
    SECTION("no room for it") {
        connect.properties.maximum_packet_size = 16;
        CHECK_FALSE(bench.ask(client, connect).properties.reason_string.has_value());
        CHECK(client.last_bytes().size() <= 16);
    }
    client.expect_closed();
}

TEST_CASE("response information is sent to nobody who did not ask for it", "[5.0/MQTT-3.1.2-28]") {
    const Bench bench;
    auto connect = hello(Version::v5);
    connect.properties.request_response_information = GENERATE(std::optional<std::uint8_t>(), std::optional<std::uint8_t>(0));
    auto client = bench.open();
    CHECK_FALSE(bench.ask(client, connect).properties.response_information.has_value());
}

TEST_CASE("a client that declines problem information gets no reason strings but in CONNACK and DISCONNECT", "[5.0/MQTT-3.1.2-29]") {
    const Bench bench;
    auto connect = hello(Version::v5);
    connect.properties.request_problem_information = std::uint8_t{0};
    auto client = bench.connect(connect);
    client.send(wire::Subscribe{1, {}, {{"a/#/b", Qos::at_most_once, false, false, 0}}});
    const auto& suback = client.expect<wire::Suback>();
    CHECK(suback.reasons.front() == ReasonCode::topic_filter_invalid);
    CHECK_FALSE(suback.properties.reason_string.has_value());
    CHECK(suback.properties.user_properties.empty());
    client.send(wire::Unsubscribe{2, {}, {"never subscribed"}});
    const auto& unsuback = client.expect<wire::Unsuback>();
    CHECK_FALSE(unsuback.properties.reason_string.has_value());
    CHECK(unsuback.properties.user_properties.empty());
    wire::Publish message;
    message.topic = "nobody/listens";
    message.qos = Qos::at_least_once;
    message.packet_id = 3;
    client.send(message);
    const auto& puback = client.expect<wire::Puback>();
    CHECK_FALSE(puback.properties.reason_string.has_value());
    CHECK(puback.properties.user_properties.empty());
}

TEST_CASE("an authentication method that the broker does not have is refused, and the connection ends",
          "[5.0/MQTT-4.12.0-1][5.0/MQTT-4.12.0-4]") {
    const Bench bench;
    auto connect = hello(Version::v5);
    connect.properties.authentication_method = "SCRAM-SHA-1";
    connect.properties.authentication_data = "n,,n=user,r=nonce";
    auto client = bench.open();
    CHECK(bench.ask(client, connect).reason == ReasonCode::bad_authentication_method);
    client.expect_closed();
}

TEST_CASE("a client that named no authentication method hears of none, and its AUTH ends the connection",
          "[5.0/MQTT-4.12.0-6][5.0/MQTT-4.12.1-2]") {
    const Bench bench;
    auto client = bench.open();
    CHECK_FALSE(bench.ask(client, hello(Version::v5)).properties.authentication_method.has_value());
    wire::Auth auth;
    auth.reason = ReasonCode::reauthenticate;
    auth.properties.authentication_method = "SCRAM-SHA-1";
    client.send(auth);
    client.expect_closed_for(ReasonCode::protocol_error);
}

}  // namespace
}  // namespace muster::test

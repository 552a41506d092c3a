// SPDX-License-Identifier: Apache-2.0
// What the broker keeps for a client id, and how long (sections 3.1.2 and 4.1 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

TEST_CASE("a session that was asked for is made, kept and resumed",
          "[3.1.1/MQTT-3.1.2-4][3.1.1/MQTT-4.1.0-1][5.0/MQTT-3.1.2-5][5.0/MQTT-3.1.2-6][5.0/MQTT-3.1.2-23]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.open(version);
    CHECK_FALSE(bench.ask(client, hello_again(version)).session_present);
    client.subscribe("t");
    client.cut();
    auto publisher = bench.connect(version, "publisher");
    client = bench.open(version);
    CHECK(bench.ask(client, hello_again(version)).session_present);
    publisher.publish("t", "to the old subscription");
    CHECK(client.receive().payload == "to the old subscription");
}

TEST_CASE("messages for a client that is away wait for it in its session", "[3.1.1/MQTT-3.1.2-5][3.1.1/MQTT-4.5.0-1][5.0/MQTT-4.5.0-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(hello_again(version));
    client.subscribe("t");
    client.disconnect();
    auto publisher = bench.connect(version, "publisher");
    publisher.publish("t", "one");
    publisher.publish("t", "two");
    client = bench.connect(hello_again(version));
    CHECK(client.receive().payload == "one");
    CHECK(client.receive().payload == "two");
    client.expect_nothing();
}

TEST_CASE("a clean start ends the session that was", "[3.1.1/MQTT-3.1.2-6][5.0/MQTT-3.1.2-4]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(hello_again(version));
    client.subscribe("t");
    client.disconnect();
    auto publisher = bench.connect(version, "publisher");
    publisher.publish("t", "waiting");
    client = bench.connect(version);
    publisher.publish("t", "to nobody");
    client.expect_nothing();
}

TEST_CASE("a session of 3.1.1 that began clean ends with its connection", "[3.1.1/MQTT-3.1.2-6]") {
    const Bench bench;
    auto client = bench.connect(Version::v311);
    client.subscribe("t");
    client.disconnect();
    client = bench.open(Version::v311);
    CHECK_FALSE(bench.ask(client, hello_again(Version::v311)).session_present);
    bench.connect(Version::v311, "publisher").publish("t", "to nobody");
    client.expect_nothing();
}

TEST_CASE("retained messages outlive the session that published them", "[3.1.1/MQTT-3.1.2-7]") {
    const Bench bench;
    auto client = bench.connect(Version::v311);
    client.publish("t", "kept", Qos::at_least_once, true);
    client.disconnect();
    client = bench.connect(Version::v311);
    client.subscribe("t");
    CHECK(client.receive().payload == "kept");
}

TEST_CASE("a session belongs to its client id, not to a connection or a user", "[3.1.1/MQTT-3.1.3-2][5.0/MQTT-3.1.3-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto one = bench.connect(hello_again(version, "one"));
    one.subscribe("t");
    one.disconnect();
    auto other = bench.open(version);
    CHECK_FALSE(bench.ask(other, hello_again(version, "other")).session_present);
    other.publish("t", "for one");
    other.expect_nothing();
    one = bench.open(version);
    CHECK(bench.ask(one, hello_again(version, "one")).session_present);
    CHECK(one.receive().payload == "for one");
}

TEST_CASE("a session is not lost while its connection is open, whatever its expiry", "[3.1.1/MQTT-4.1.0-2][5.0/MQTT-4.1.0-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto connect = hello(version);
    if (version == Version::v5) connect.properties.session_expiry_interval = 1;
    auto client = bench.connect(connect);
    client.subscribe("t");
    bench.let_pass(2);
    client.publish("t", "still here", Qos::at_most_once);
    CHECK(client.receive().payload == "still here");
}

TEST_CASE("a session is discarded when its expiry is over", "[5.0/MQTT-4.1.0-2]") {
    const Bench bench;
    auto connect = hello_again(Version::v5);
    connect.properties.session_expiry_interval = 1;
    auto client = bench.connect(connect);
    client.subscribe("t");
    client.cut();
    bench.let_pass(2);
    client = bench.open();
    CHECK_FALSE(bench.ask(client, connect).session_present);
    client.publish("t", "to nobody");
    client.expect_nothing();
}

TEST_CASE("a session without an expiry ends with its connection", "[5.0/MQTT-4.1.0-2]") {
    const Bench bench;
    auto connect = hello(Version::v5);
    connect.clean_start = false;
    bench.connect(connect).cut();
    auto client = bench.open();
    CHECK_FALSE(bench.ask(client, connect).session_present);
}

TEST_CASE("silence of one and a half keep-alives ends the connection, and a will follows",
          "[3.1.1/MQTT-3.1.2-24][5.0/MQTT-3.1.2-22][5.0/MQTT-3.2.2-22]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto observer = bench.connect(version, "observer");
    observer.subscribe("will");
    auto connect = hello(version);
    connect.keep_alive = 1;
    connect.will = will();
    auto client = bench.open(version);
    CHECK_FALSE(bench.ask(client, connect).properties.server_keep_alive.has_value());
    client.expect_closed_for(ReasonCode::keep_alive_timeout);
    observer.receive();
}

TEST_CASE("PINGREQ is answered, and keeps a connection alive", "[3.1.1/MQTT-3.12.4-1][5.0/MQTT-3.12.4-1]") {
    const Bench bench;
    const auto connect = [&bench](Version version, std::string_view client_id) {
        auto packet = hello(version, client_id);
        packet.keep_alive = 4;
        return bench.connect(packet);
    };
    auto one = connect(Version::v311, "one");
    auto other = connect(Version::v5, "other");
    // Together longer than one and a half keep-alives, each much shorter.
    for (int i = 0; i < 3; ++i) {
        bench.let_pass(2);
        for (auto* const client : {&one, &other}) {
            client->send(wire::Pingreq{});
            client->expect<wire::Pingresp>();
        }
    }
}

}  // namespace
}  // namespace muster::test

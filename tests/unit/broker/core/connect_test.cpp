// SPDX-License-Identifier: Apache-2.0
// Who gets in, how long a connection lives, and who is thrown out.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

wire::Connect connect_as(std::string_view client_id, wire::Version version = wire::Version::v5) {
    wire::Connect connect;
    connect.client_id = client_id;
    connect.version = version;
    return connect;
}

}  // namespace

TEST_CASE("a device whose common name is its client id is accepted") {
    Stage stage;
    const auto id = stage.open(Stage::certificate("press-01"));
    stage.say(id, connect_as("press-01"));
    CHECK(stage.take(id) == Lines{"connack 0"});
    CHECK_FALSE(stage.is_closed(id));
}

TEST_CASE("a device that says another client id is refused in both versions, and closed") {
    Stage stage;
    const auto v5 = stage.open(Stage::certificate("press-02"));
    stage.say(v5, connect_as("press-01"));
    CHECK(stage.take(v5) == Lines{"connack 135"});
    CHECK(stage.is_closed(v5));
    const auto v311 = stage.open(Stage::certificate("press-02"));
    stage.say(v311, connect_as("press-01", wire::Version::v311));
    CHECK(stage.take(v311) == Lines{"connack 5"});
    CHECK(stage.core.counters().refused == 2);
}

TEST_CASE("what does not prove an identity is refused") {
    Stage stage;
    const auto nobody = stage.open({});
    stage.say(nobody, connect_as("press-01"));
    CHECK(stage.take(nobody) == Lines{"connack 135"});
    const auto stranger = stage.open(Stage::certificate("stranger"));
    stage.say(stranger, connect_as("stranger"));
    CHECK(stage.take(stranger) == Lines{"connack 135"});
    const auto foreign = stage.open(Stage::certificate("press-01", "nowhere"));
    stage.say(foreign, connect_as("press-01"));
    CHECK(stage.take(foreign) == Lines{"connack 135"});
    const auto nameless = stage.open(Stage::certificate(""));
    stage.say(nameless, connect_as(""));
    CHECK(stage.take(nameless) == Lines{"connack 135"});
    auto wrong = connect_as("a");
    wrong.username = "acme/app";
    wrong.password = "wrong";
    const auto impostor = stage.open({});
    stage.say(impostor, wrong);
    CHECK(stage.take(impostor) == Lines{"connack 134"});
}

TEST_CASE("an expired certificate is refused at CONNECT, and ends a connection that is open") {
    Stage stage;
    auto peer = Stage::certificate("press-01");
    peer.certificate->not_after = stage.clock.wall_now() + 10s;
    const auto id = stage.open(peer);
    stage.say(id, connect_as("press-01"));
    stage.take(id);
    stage.advance(11s);
    CHECK(stage.take(id) == Lines{"disconnect 135"});
    const auto late = stage.open(peer);
    stage.say(late, connect_as("press-01"));
    CHECK(stage.take(late) == Lines{"connack 135"});
}

TEST_CASE("a second connection takes the session over, and the first is told") {
    Stage stage;
    const auto first = stage.device("press-01");
    const auto second = stage.device("press-01");
    CHECK(stage.take(first) == Lines{"disconnect 142"});
    CHECK(stage.is_closed(first));
    CHECK_FALSE(stage.is_closed(second));
}

TEST_CASE("an application with a device's client id does not take it over, nor does another tenant's device") {
    Stage stage;
    const auto device = stage.device("press-01");
    stage.application("press-01");
    stage.device("press-01", "other");
    CHECK(stage.take(device).empty());
    CHECK_FALSE(stage.is_closed(device));
}

TEST_CASE("a client that keeps silent for one and a half keep-alives is disconnected") {
    Stage stage;
    wire::Connect connect;
    connect.keep_alive = 10;
    const auto id = stage.device("press-01", "acme", connect);
    stage.advance(14s);
    stage.say(id, wire::Pingreq{});
    CHECK(stage.take(id) == Lines{"pingresp"});
    stage.advance(14s);
    CHECK_FALSE(stage.is_closed(id));
    stage.advance(2s);
    CHECK(stage.take(id) == Lines{"disconnect 141"});
    CHECK(stage.is_closed(id));
}

TEST_CASE("a connection without CONNECT is closed after the deadline, and one that begins otherwise at once") {
    Stage stage;
    const auto silent = stage.open({});
    const auto rude = stage.open({});
    stage.say(rude, wire::Pingreq{});
    CHECK(stage.is_closed(rude));
    stage.advance(6s);
    CHECK(stage.is_closed(silent));
}

TEST_CASE("a second CONNECT is a protocol error") {
    Stage stage;
    const auto id = stage.device("press-01");
    stage.say(id, connect_as("press-01"));
    CHECK(stage.take(id) == Lines{"disconnect 130"});
}

TEST_CASE("malformed bytes cost their own connection and no other") {
    Stage stage;
    const auto good = stage.device("press-01");
    const auto bad = stage.device("press-02");
    stage.core.malformed(bad, {wire::ReasonCode::malformed_packet, "test"}, stage.clock.now());
    CHECK(stage.take(bad) == Lines{"disconnect 129"});
    CHECK(stage.is_closed(bad));
    stage.say(good, wire::Pingreq{});
    CHECK(stage.take(good) == Lines{"pingresp"});
    CHECK(stage.core.counters().malformed == 1);
}

TEST_CASE("a client without a client id is told the one it was given: a device its name, an application a new one") {
    Stage stage;
    const auto device = stage.device("press-01");
    CHECK_FALSE(stage.last<wire::Connack>(device).properties.assigned_client_identifier);
    const auto nameless = stage.open(Stage::certificate("press-02"));
    stage.say(nameless, connect_as(""));
    CHECK(stage.last<wire::Connack>(nameless).properties.assigned_client_identifier == std::string_view("press-02"));
    const auto one = stage.application("");
    const auto two = stage.application("");
    CHECK_FALSE(stage.is_closed(one));
    const auto id_of = [&](core::ConnectionId id) { return *stage.last<wire::Connack>(id).properties.assigned_client_identifier; };
    CHECK(id_of(one).size() == 36);
    CHECK(id_of(one) != id_of(two));
}

TEST_CASE("a 3.1.1 client that wants a session kept must have a client id") {
    Stage stage;
    auto connect = connect_as("", wire::Version::v311);
    connect.clean_start = false;
    CHECK(stage.come_back("", connect) == Lines{"connack 2"});
    connect.clean_start = true;
    CHECK(stage.come_back("", connect) == Lines{"connack 0"});
}

TEST_CASE("CONNACK says what is offered, and how much of it") {
    Stage stage;
    const auto id = stage.device("press-01");
    const auto& properties = stage.last<wire::Connack>(id).properties;
    CHECK_FALSE(properties.maximum_qos);
    CHECK_FALSE(properties.shared_subscription_available);  // Offered.
    CHECK(properties.topic_alias_maximum == std::uint16_t{32});
    CHECK(properties.maximum_packet_size == 256U << 10U);
    CHECK(properties.receive_maximum == std::uint16_t{1'024});
}

TEST_CASE("a reason is left out where the client takes only small packets") {
    Stage stage;
    auto connect = connect_as("press-01");
    connect.properties.maximum_packet_size = 20U;
    const auto refused = stage.open(Stage::certificate("press-02"));
    stage.say(refused, connect);
    CHECK_FALSE(stage.last<wire::Connack>(refused).properties.reason_string);
    const auto taken_over = stage.device("press-01", "acme", connect);
    stage.device("press-01");
    CHECK(stage.take(taken_over) == Lines{"disconnect 142"});
    CHECK_FALSE(stage.last<wire::Disconnect>(taken_over).properties.reason_string);
}

TEST_CASE("3.1.1 has no DISCONNECT from the server: the connection is closed without a word") {
    Stage stage;
    const auto id = stage.device("press-01", "acme", connect_as("press-01", wire::Version::v311));
    stage.say(id, wire::Pingresp{});
    CHECK(stage.take(id).empty());
    CHECK(stage.is_closed(id));
}

TEST_CASE("a client of an unknown version is told so in words that every version has") {
    Stage stage;
    const auto id = stage.open({});
    stage.core.malformed(id, {wire::ReasonCode::unsupported_protocol_version, "test"}, stage.clock.now());
    CHECK(stage.take(id) == Lines{"connack 1"});
    CHECK(stage.is_closed(id));
}

TEST_CASE("the broker's shutdown is said to everybody") {
    Stage stage;
    const auto device = stage.device("press-01");
    const auto silent = stage.open({});
    stage.core.shut_down(stage.clock.now());
    CHECK(stage.take(device) == Lines{"disconnect 139"});
    CHECK(stage.is_closed(device));
    CHECK(stage.is_closed(silent));
    CHECK(stage.core.open_connections() == 0);
}

TEST_CASE("whatever comes for a connection that is gone is ignored") {
    Stage stage;
    const auto id = stage.device("press-01");
    stage.say(id, wire::Disconnect{});
    stage.publish(id, "t", "1");
    stage.core.malformed(id, {}, stage.clock.now());
    stage.core.connection_lost(id, stage.clock.now());
    stage.core.writable(id, stage.clock.now());
    CHECK(stage.take(id).empty());
    CHECK(stage.core.counters().messages_in == 0);
    CHECK(stage.core.counters().malformed == 0);
}

}  // namespace muster::test

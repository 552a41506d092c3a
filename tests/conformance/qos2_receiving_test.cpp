// SPDX-License-Identifier: Apache-2.0
// QoS 2 from a client to the broker (section 4.3.3 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

constexpr wire::PacketId id = 77;

wire::Publish message_of(std::string_view payload, wire::PacketId packet_id = id, bool dup = false) {
    wire::Publish message;
    message.dup = dup;
    message.topic = "t";
    message.payload = payload;
    message.qos = Qos::exactly_once;
    message.packet_id = packet_id;
    return message;
}

Client subscriber_of(const Bench& bench, Version version) {
    auto subscriber = bench.connect(version, "subscriber");
    subscriber.subscribe("t", Qos::at_most_once);
    return subscriber;
}

void release(Client& client, wire::PacketId packet_id = id) {
    client.send(wire::Pubrel{packet_id, ReasonCode::success, {}});
    CHECK(client.expect<wire::Pubcomp>().packet_id == packet_id);
}

TEST_CASE("a PUBLISH of QoS 2 is answered by PUBREC, its PUBREL by PUBCOMP, and it is delivered once",
          "[3.1.1/MQTT-4.3.3-2][5.0/MQTT-4.3.3-8][5.0/MQTT-4.3.3-11][5.0/MQTT-3.5.2-1][5.0/MQTT-3.7.2-1][3.1.1/MQTT-3.3.4-1]"
          "[5.0/MQTT-3.3.4-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto subscriber = subscriber_of(bench, version);
    auto client = bench.connect(version);
    client.send(message_of("once"));
    CHECK(client.expect<wire::Pubrec>().packet_id == id);
    release(client);
    CHECK(subscriber.receive().payload == "once");
    subscriber.expect_nothing();
}

TEST_CASE("a PUBLISH that comes again before its PUBREL gets its PUBREC again and is not delivered twice",
          "[3.1.1/MQTT-4.3.3-2][5.0/MQTT-4.3.3-10]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto subscriber = subscriber_of(bench, version);
    auto client = bench.connect(hello_again(version));
    client.send(message_of("once"));
    client.expect<wire::Pubrec>();
    SECTION("on the same connection") {}
    SECTION("on the next one") {
        client.cut();
        client = bench.connect(hello_again(version));
    }
    client.send(message_of("once", id, true));
    const auto& again = client.expect<wire::Pubrec>();
    CHECK(again.packet_id == id);
    CHECK_FALSE(is_failure(again.reason));
    release(client);
    CHECK(subscriber.receive().payload == "once");
    subscriber.expect_nothing();
}

TEST_CASE("after PUBCOMP the identifier means a new message, whatever DUP says", "[3.1.1/MQTT-4.3.3-2][5.0/MQTT-4.3.3-12]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto dup = GENERATE(false, true);
    const Bench bench;
    auto subscriber = subscriber_of(bench, version);
    auto client = bench.connect(version);
    for (const auto* const payload : {"first", "second"}) {
        client.send(message_of(payload, id, dup));
        client.expect<wire::Pubrec>();
        release(client);
    }
    CHECK(subscriber.receive().payload == "first");
    CHECK(subscriber.receive().payload == "second");
}

TEST_CASE("the handshake goes on though the message has expired", "[5.0/MQTT-4.3.3-13]") {
    const Bench bench;
    auto message = message_of("short-lived");
    message.properties.message_expiry_interval = 1;
    auto client = bench.connect(Version::v5);
    client.send(message);
    client.expect<wire::Pubrec>();
    bench.let_pass(2);
    client.send(message);
    CHECK_FALSE(is_failure(client.expect<wire::Pubrec>().reason));
    release(client);
}

TEST_CASE("PUBRECs come in the order of the PUBLISHes", "[3.1.1/MQTT-4.6.0-3]") {
    const Bench bench;
    auto client = bench.connect(Version::v311);
    const std::vector<wire::PacketId> ids{9, 3, 65'535, 1, 700};
    for (const auto each : ids) client.send(message_of("x", each));
    for (const auto each : ids) CHECK(client.expect<wire::Pubrec>().packet_id == each);
}

TEST_CASE("a PUBREL for what was never published is answered by a PUBCOMP that says so", "[5.0/MQTT-3.7.2-1]") {
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.send(wire::Pubrel{id, ReasonCode::success, {}});
    const auto& answer = client.expect<wire::Pubcomp>();
    CHECK(answer.packet_id == id);
    CHECK(answer.reason == ReasonCode::packet_identifier_not_found);
}

TEST_CASE("a PUBREC that nobody will receive says so, with a reason of its own list", "[5.0/MQTT-3.5.2-1]") {
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.send(message_of("x"));
    const auto reason = client.expect<wire::Pubrec>().reason;
    CHECK((reason == ReasonCode::no_matching_subscribers || reason == ReasonCode::success));
}

TEST_CASE("PUBREC and PUBCOMP stay within the client's maximum packet size",
          "[5.0/MQTT-3.5.2-2][5.0/MQTT-3.5.2-3][5.0/MQTT-3.7.2-2][5.0/MQTT-3.7.2-3]") {
    const Bench bench;
    auto connect = hello(Version::v5);
    connect.properties.maximum_packet_size = 20;
    auto client = bench.connect(connect);
    client.send(message_of("x"));
    client.expect<wire::Pubrec>();
    CHECK(client.last_bytes().size() <= 20);
    release(client);
    CHECK(client.last_bytes().size() <= 20);
    release(client);
    CHECK(client.last_bytes().size() <= 20);
}

TEST_CASE("after a PUBREC that refuses the identifier means a new message", "[5.0/MQTT-4.3.3-9]") {
    const Bench bench;
    auto subscriber = subscriber_of(bench, Version::v5);
    auto client = bench.connect(Version::v5);
    auto refused = message_of("refused");
    refused.topic = "$SYS/broker";
    client.send(refused);
    CHECK(client.expect<wire::Pubrec>().reason == ReasonCode::not_authorized);
    client.send(message_of("new", id, GENERATE(false, true)));
    CHECK(client.expect<wire::Pubrec>().reason == ReasonCode::success);
    release(client);
    CHECK(subscriber.receive().payload == "new");
    subscriber.expect_nothing();
}

}  // namespace
}  // namespace muster::test

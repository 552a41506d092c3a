// SPDX-License-Identifier: Apache-2.0
// QoS 2 from the broker to a client (section 4.3.3 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

// A client with a session that stays and a subscription of QoS 2 to `t`.
Client receiver_of(const Bench& bench, Version version) {
    auto client = bench.connect(hello_again(version));
    client.subscribe("t", Qos::exactly_once);
    return client;
}

Client come_again(const Bench& bench, Version version) {
    return bench.connect(hello_again(version));
}

TEST_CASE("a message of QoS 2 is sent with an unused identifier and DUP 0, and again with DUP until its PUBREC",
          "[3.1.1/MQTT-4.3.3-1][5.0/MQTT-4.3.3-1][5.0/MQTT-4.3.3-2][5.0/MQTT-4.3.3-3][3.1.1/MQTT-4.4.0-1][5.0/MQTT-4.4.0-1]"
          "[3.1.1/MQTT-3.3.1-1][5.0/MQTT-3.3.1-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = receiver_of(bench, version);
    auto publisher = bench.connect(version, "publisher");
    publisher.publish("t", "1", Qos::exactly_once);
    publisher.publish("t", "2", Qos::exactly_once);
    const auto& first = client.expect<wire::Publish>();
    const auto& second = client.expect<wire::Publish>();
    CHECK(first.packet_id != 0);
    CHECK(first.packet_id != second.packet_id);
    for (const auto* const each : {&first, &second}) {
        CHECK(each->qos == Qos::exactly_once);
        CHECK_FALSE(each->dup);
    }
    client.cut();
    auto later = come_again(bench, version);
    for (const auto* const each : {&first, &second}) {
        const auto& again = later.expect<wire::Publish>();
        CHECK(again.dup);
        CHECK(again.packet_id == each->packet_id);
        CHECK(again.payload == each->payload);
    }
    later.expect_nothing();
}

TEST_CASE("PUBREC is answered by PUBREL, which alone comes again until its PUBCOMP",
          "[3.1.1/MQTT-4.3.3-1][5.0/MQTT-4.3.3-4][5.0/MQTT-4.3.3-5][5.0/MQTT-4.3.3-6][3.1.1/MQTT-4.4.0-1][5.0/MQTT-4.4.0-1]"
          "[5.0/MQTT-3.6.2-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = receiver_of(bench, version);
    bench.connect(version, "publisher").publish("t", "x", Qos::exactly_once);
    const auto id = client.expect<wire::Publish>().packet_id;
    client.send(wire::Pubrec{id, ReasonCode::success, {}});
    CHECK(client.expect<wire::Pubrel>().packet_id == id);
    client.cut();
    client = come_again(bench, version);
    const auto& again = client.expect<wire::Pubrel>();
    CHECK(again.packet_id == id);
    CHECK(again.reason == ReasonCode::success);
    client.send(wire::Pubcomp{id, ReasonCode::success, {}});
    client.expect_nothing();
    client.cut();
    client = come_again(bench, version);
    client.expect_nothing();
}

TEST_CASE("a message that was sent once does not expire", "[5.0/MQTT-4.3.3-7]") {
    const auto qos = GENERATE(Qos::at_least_once, Qos::exactly_once);
    const Bench bench;
    auto client = receiver_of(bench, Version::v5);
    wire::Publish message;
    message.topic = "t";
    message.payload = "begun";
    message.qos = qos;
    message.properties.message_expiry_interval = 1;
    bench.connect(Version::v5, "publisher").publish(message);
    client.expect<wire::Publish>();
    client.cut();
    bench.let_pass(2);
    client = come_again(bench, Version::v5);
    CHECK(client.receive().payload == "begun");
}

TEST_CASE("what a client refuses with its PUBREC is not released and not sent again", "[5.0/MQTT-4.4.0-2]") {
    const Bench bench;
    auto client = receiver_of(bench, Version::v5);
    bench.connect(Version::v5, "publisher").publish("t", "refused", Qos::exactly_once);
    client.send(wire::Pubrec{client.expect<wire::Publish>().packet_id, ReasonCode::quota_exceeded, {}});
    client.expect_nothing();
    client.cut();
    client = come_again(bench, Version::v5);
    client.expect_nothing();
}

TEST_CASE("PUBRELs come in the order of the PUBRECs, and again in this order", "[3.1.1/MQTT-4.6.0-4]") {
    const Bench bench;
    auto client = receiver_of(bench, Version::v311);
    auto publisher = bench.connect(Version::v311, "publisher");
    std::vector<wire::PacketId> ids;
    for (int i = 0; i < 5; ++i) publisher.publish("t", "x", Qos::exactly_once);
    for (int i = 0; i < 5; ++i) ids.push_back(client.expect<wire::Publish>().packet_id);
    for (const auto id : ids) client.send(wire::Pubrec{id, ReasonCode::success, {}});
    for (const auto id : ids) CHECK(client.expect<wire::Pubrel>().packet_id == id);
    client.cut();
    client = come_again(bench, Version::v311);
    for (const auto id : ids) CHECK(client.expect<wire::Pubrel>().packet_id == id);
}

TEST_CASE("messages of QoS 2 come in their publisher's order", "[3.1.1/MQTT-4.6.0-6][5.0/MQTT-4.6.0-5]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = receiver_of(bench, version);
    auto publisher = bench.connect(version, "publisher");
    for (int i = 0; i < 50; ++i) publisher.publish("t", std::to_string(i), Qos::exactly_once);
    for (int i = 0; i < 50; ++i) CHECK(client.expect<wire::Publish>().payload == std::to_string(i));
}

TEST_CASE("a PUBREL stays within the client's maximum packet size, also for an identifier that is not known",
          "[5.0/MQTT-3.6.2-1][5.0/MQTT-3.6.2-2][5.0/MQTT-3.6.2-3]") {
    const Bench bench;
    auto connect = hello(Version::v5);
    connect.properties.maximum_packet_size = 20;
    auto client = bench.connect(connect);
    client.send(wire::Pubrec{4'711, ReasonCode::success, {}});
    CHECK(client.expect<wire::Pubrel>().reason == ReasonCode::packet_identifier_not_found);
    CHECK(client.last_bytes().size() <= 20);
}

}  // namespace
}  // namespace muster::test

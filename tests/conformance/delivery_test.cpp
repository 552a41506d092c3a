// SPDX-License-Identifier: Apache-2.0
// QoS 0 and 1, what is sent again, and in which order (sections 4.3, 4.4 and 4.6 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

TEST_CASE("QoS 0 is sent with DUP 0 and not acknowledged", "[3.1.1/MQTT-4.3.1-1][5.0/MQTT-4.3.1-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("t", Qos::at_most_once);
    client.publish("t", "x", Qos::at_most_once);
    const auto& got = client.expect<wire::Publish>();
    CHECK(got.qos == Qos::at_most_once);
    CHECK_FALSE(got.dup);
    client.expect_nothing();
}

TEST_CASE("QoS 1 is sent with DUP 0, counts as unacknowledged until PUBACK, and comes again with DUP only on the next connection",
          "[3.1.1/MQTT-3.3.1-1][5.0/MQTT-3.3.1-1][3.1.1/MQTT-4.3.2-1][5.0/MQTT-4.3.2-2][5.0/MQTT-4.3.2-3][3.1.1/MQTT-4.4.0-1]"
          "[5.0/MQTT-4.4.0-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(hello_again(version));
    client.subscribe("t");
    auto publisher = bench.connect(version, "publisher");
    publisher.publish("t", "acknowledged");
    CHECK_FALSE(client.receive().dup);
    publisher.publish("t", "not acknowledged");
    const auto& first = client.expect<wire::Publish>();
    CHECK_FALSE(first.dup);
    bench.let_pass(1);
    client.expect_nothing();
    client.cut();
    auto again = bench.connect(hello_again(version));
    const auto& second = again.receive();
    CHECK(second.dup);
    CHECK(second.payload == "not acknowledged");
    CHECK(second.packet_id == first.packet_id);
    again.expect_nothing();
    again.cut();
    again = bench.connect(hello_again(version));
    again.expect_nothing();
}

TEST_CASE("after PUBACK an identifier means a new message, whatever DUP says", "[3.1.1/MQTT-4.3.2-2][5.0/MQTT-4.3.2-5]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("t", Qos::at_most_once);
    wire::Publish message;
    message.topic = "t";
    message.qos = Qos::at_least_once;
    message.packet_id = 77;
    message.dup = GENERATE(false, true);
    auto publisher = bench.connect(version, "publisher");
    for (int i = 0; i < 2; ++i) {
        publisher.send(message);
        CHECK(publisher.expect<wire::Puback>().packet_id == 77);
        client.receive();
    }
}

TEST_CASE("what a client refuses with its PUBACK is not sent again", "[5.0/MQTT-4.4.0-2]") {
    const Bench bench;
    auto client = bench.connect(hello_again(Version::v5));
    client.subscribe("t");
    bench.connect(Version::v5, "publisher").publish("t", "refused");
    client.send(wire::Puback{client.expect<wire::Publish>().packet_id, ReasonCode::quota_exceeded, {}});
    client.expect_nothing();
    client.cut();
    client = bench.connect(hello_again(Version::v5));
    client.expect_nothing();
}

TEST_CASE("one client's messages come in its order, at every QoS and to every subscriber",
          "[3.1.1/MQTT-4.6.0-5][3.1.1/MQTT-4.6.0-6][5.0/MQTT-4.6.0-5][5.0/MQTT-4.6.0-6]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto qos = GENERATE(Qos::at_most_once, Qos::at_least_once);
    const Bench bench;
    auto one = bench.connect(version, "one");
    one.subscribe("#", qos);
    auto other = bench.connect(version, "other");
    other.subscribe("t", qos);
    auto publisher = bench.connect(version, "publisher");
    for (int i = 0; i < 200; ++i) publisher.publish("t", std::to_string(i), qos);
    for (int i = 0; i < 200; ++i) {
        CHECK(one.receive().payload == std::to_string(i));
        CHECK(other.receive().payload == std::to_string(i));
    }
}

TEST_CASE("what is sent again comes in its first order, before what is new", "[3.1.1/MQTT-4.6.0-1][3.1.1/MQTT-4.6.0-6][5.0/MQTT-4.6.0-5]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(hello_again(version));
    client.subscribe("t");
    auto publisher = bench.connect(version, "publisher");
    for (const auto* const payload : {"1", "2", "3"}) publisher.publish("t", payload);
    for (int i = 0; i < 3; ++i) client.expect<wire::Publish>();
    client.disconnect();  // And the broker knows: what comes now waits.
    publisher.publish("t", "4");
    client = bench.connect(hello_again(version));
    for (const auto* const payload : {"1", "2", "3", "4"}) {
        const auto& got = client.receive();
        CHECK(got.payload == payload);
        CHECK(got.dup == (got.payload != "4"));
    }
}

TEST_CASE("PUBACKs come in the order of the PUBLISHes", "[3.1.1/MQTT-4.6.0-2]") {
    const Bench bench;
    auto client = bench.connect(Version::v311);
    wire::Publish message;
    message.topic = "t";
    message.qos = Qos::at_least_once;
    const std::vector<wire::PacketId> ids{9, 3, 65'535, 1, 700};
    for (const auto id : ids) {
        message.packet_id = id;
        client.send(message);
    }
    for (const auto id : ids) CHECK(client.expect<wire::Puback>().packet_id == id);
}

}  // namespace
}  // namespace muster::test

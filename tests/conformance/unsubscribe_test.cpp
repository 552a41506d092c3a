// SPDX-License-Identifier: Apache-2.0
// UNSUBSCRIBE and what it is answered (sections 3.10 and 3.11 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::string_literals;
using Reasons = std::vector<ReasonCode>;

std::string raw_unsubscribe(Version version, const std::string& payload) {
    return raw_packet(0xA2, "\0\1"s + (version == Version::v5 ? "\0"s : ""s) + payload);
}

TEST_CASE("UNSUBSCRIBE with a filter that is not UTF-8 ends the connection", "[3.1.1/MQTT-3.10.3-1][5.0/MQTT-3.10.3-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_unsubscribe(version, raw_text("\xFE")));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("UNSUBSCRIBE without a filter ends the connection", "[3.1.1/MQTT-3.10.3-2][5.0/MQTT-3.10.3-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_unsubscribe(version, ""));
    client.expect_closed_for(ReasonCode::protocol_error);
}

TEST_CASE("UNSUBSCRIBE ends the subscription with exactly this filter",
          "[3.1.1/MQTT-3.10.4-1][5.0/MQTT-3.10.4-1][3.1.1/MQTT-3.10.4-2][5.0/MQTT-3.10.4-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("a/+", Qos::at_most_once);
    for (const auto* const other : {"a/b", "a/#", "a/+/", "A/+", "#"}) client.unsubscribe(other);
    client.publish("a/b", "still", Qos::at_most_once);
    CHECK(client.receive().payload == "still");
    client.unsubscribe("a/+");
    client.publish("a/b", "to nobody", Qos::at_most_once);
    client.expect_nothing();
}

TEST_CASE("UNSUBSCRIBE is answered by one UNSUBACK, also where nothing was subscribed",
          "[3.1.1/MQTT-3.10.4-4][3.1.1/MQTT-3.10.4-5][3.1.1/MQTT-3.10.4-6][5.0/MQTT-3.10.4-4][5.0/MQTT-3.10.4-5][5.0/MQTT-3.10.4-6]"
          "[5.0/MQTT-3.11.3-1][5.0/MQTT-3.11.3-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("a", Qos::at_most_once);
    client.subscribe("c", Qos::at_most_once);
    client.send(wire::Unsubscribe{9, {}, {"a", "b", "c"}});
    const auto& answer = client.expect<wire::Unsuback>();
    CHECK(answer.packet_id == 9);
    if (version == Version::v5)
        CHECK(answer.reasons == Reasons{ReasonCode::success, ReasonCode::no_subscription_existed, ReasonCode::success});
    client.publish("a", "to nobody", Qos::at_most_once);
    client.publish("c", "to nobody", Qos::at_most_once);
    client.expect_nothing();
    client.unsubscribe("never");
}

TEST_CASE("what is in flight when its subscription goes is delivered to the end", "[3.1.1/MQTT-3.10.4-3][5.0/MQTT-3.10.4-3]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(hello_again(version));
    client.subscribe("t");
    bench.connect(version, "publisher").publish("t", "begun");
    const auto id = client.expect<wire::Publish>().packet_id;
    client.unsubscribe("t");
    client.cut();
    client = bench.connect(hello_again(version));
    const auto& again = client.receive();
    CHECK(again.payload == "begun");
    CHECK(again.packet_id == id);
}

}  // namespace
}  // namespace muster::test

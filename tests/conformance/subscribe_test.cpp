// SPDX-License-Identifier: Apache-2.0
// SUBSCRIBE and what it is answered (sections 3.8 and 3.9 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::string_literals;
using Reasons = std::vector<ReasonCode>;

// A SUBSCRIBE with whatever payload.
std::string raw_subscribe(Version version, const std::string& payload) {
    return raw_packet(0x82, "\0\1"s + (version == Version::v5 ? "\0"s : ""s) + payload);
}

TEST_CASE("a topic filter that is not UTF-8 ends the connection", "[3.1.1/MQTT-3.8.3-1][5.0/MQTT-3.8.3-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_subscribe(version, raw_text("\xED\xA0\x80") + "\0"s));
    client.expect_closed_for(ReasonCode::malformed_packet);
}

TEST_CASE("filters with wildcards are served", "[3.1.1/MQTT-3.8.3-2]") {
    const Bench bench;
    auto client = bench.connect(Version::v311);
    for (const auto* const filter : {"#", "+", "+/+", "/+", "a/+/#"}) CHECK(client.subscribe(filter) == ReasonCode::granted_qos_1);
}

TEST_CASE("a SUBSCRIBE without a filter ends the connection", "[3.1.1/MQTT-3.8.3-3][5.0/MQTT-3.8.3-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.send_bytes(raw_subscribe(version, ""));
    client.expect_closed_for(ReasonCode::protocol_error);
}

TEST_CASE("reserved bits in a subscription's options, and QoS 3, make SUBSCRIBE malformed", "[3.1.1/MQTT-3-8.3-4][5.0/MQTT-3.8.3-5]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    SECTION("the highest bits") {
        const auto options = GENERATE('\x40', '\x80', '\xC1');
        client.send_bytes(raw_subscribe(version, raw_text("t") + options));
        client.expect_closed_for(ReasonCode::malformed_packet);
    }
    SECTION("bits that 3.1.1 has no use for") {
        if (version == Version::v5) return;
        const auto options = GENERATE('\x04', '\x08', '\x10');
        client.send_bytes(raw_subscribe(version, raw_text("t") + options));
        client.expect_closed();
    }
    SECTION("QoS 3") {
        client.send_bytes(raw_subscribe(version, raw_text("t") + '\3'));
        client.expect_closed_for(ReasonCode::protocol_error);
    }
}

TEST_CASE("with no local one's own messages do not come back", "[5.0/MQTT-3.8.3-3]") {
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.send(wire::Subscribe{1, {}, {{"t", Qos::at_most_once, true, false, 0}}});
    client.expect<wire::Suback>();
    client.publish("t", "mine", Qos::at_most_once);
    bench.connect(Version::v5, "other").publish("t", "another's");
    CHECK(client.receive().payload == "another's");
    client.expect_nothing();
}

TEST_CASE("SUBSCRIBE is answered by one SUBACK with a reason for each filter, in their order",
          "[3.1.1/MQTT-3.8.4-1][3.1.1/MQTT-3.8.4-4][3.1.1/MQTT-3.8.4-5][3.1.1/MQTT-3.9.3-1][3.1.1/MQTT-3.9.3-2][5.0/MQTT-3.8.4-1]"
          "[5.0/MQTT-3.8.4-5][5.0/MQTT-3.8.4-6][5.0/MQTT-3.8.4-7][5.0/MQTT-3.9.3-1][5.0/MQTT-3.9.3-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.send(wire::Subscribe{5,
                                {},
                                {{"a", Qos::at_least_once, false, false, 0},
                                 {"a/#/b", Qos::at_least_once, false, false, 0},
                                 {"b", Qos::at_most_once, false, false, 0}}});
    const auto refused = version == Version::v5 ? ReasonCode::topic_filter_invalid : ReasonCode::unspecified_error;
    CHECK(client.expect<wire::Suback>().reasons == Reasons{ReasonCode::granted_qos_1, refused, ReasonCode::success});
    client.publish("a", "1", Qos::at_most_once);
    client.publish("b", "2", Qos::at_most_once);
    CHECK(client.receive().payload == "1");
    CHECK(client.receive().payload == "2");
    client.expect_nothing();
}

TEST_CASE("the same filter again replaces the subscription", "[3.1.1/MQTT-3.8.4-3][5.0/MQTT-3.8.4-3]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.publish("t", "retained", Qos::at_most_once, true);
    client.subscribe("t", Qos::at_least_once);
    CHECK(client.receive().payload == "retained");
    client.subscribe("t", Qos::at_most_once);
    CHECK(client.receive().payload == "retained");
    bench.connect(version, "publisher").publish("t", "new", Qos::at_least_once);
    CHECK(client.receive().qos == Qos::at_most_once);
    client.expect_nothing();
    client.unsubscribe("t");
    client.publish("t", "to nobody", Qos::at_most_once);
    client.expect_nothing();
}

TEST_CASE("nothing is lost while a subscription is replaced", "[5.0/MQTT-3.8.4-4]") {
    const Bench bench;
    auto client = bench.connect(hello_again(Version::v5));
    client.subscribe("t");
    client.disconnect();
    auto publisher = bench.connect(Version::v5, "publisher");
    publisher.publish("t", "before");
    client = bench.connect(hello_again(Version::v5));
    client.send(wire::Subscribe{1, {}, {{"t", Qos::at_most_once, false, false, 0}}});
    CHECK(client.receive().payload == "before");
    client.expect<wire::Suback>();
    publisher.publish("t", "after");
    CHECK(client.receive().payload == "after");
}

TEST_CASE("the lower of the published and the granted QoS is delivered", "[3.1.1/MQTT-3.8.4-6][5.0/MQTT-3.8.4-8]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto published = GENERATE(Qos::at_most_once, Qos::at_least_once);
    const auto wanted = GENERATE(Qos::at_most_once, Qos::at_least_once, Qos::exactly_once);
    const Bench bench;
    auto client = bench.connect(version);
    const auto granted = static_cast<Qos>(client.subscribe("t", wanted));
    CHECK(granted <= wanted);
    bench.connect(version, "publisher").publish("t", "x", published);
    CHECK(client.receive().qos == std::min(published, granted));
}

TEST_CASE("overlapping subscriptions: the highest QoS counts", "[3.1.1/MQTT-3.3.5-1][5.0/MQTT-3.3.4-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("a/#", Qos::at_most_once);
    client.subscribe("a/b", Qos::at_least_once);
    client.subscribe("+/b", Qos::at_most_once);
    bench.connect(version, "publisher").publish("a/b", "x");
    CHECK(client.receive().qos == Qos::at_least_once);
    client.expect_nothing();
}

TEST_CASE("a message carries the identifiers of all subscriptions that it matches", "[5.0/MQTT-3.3.4-3][5.0/MQTT-3.3.4-4]") {
    const Bench bench;
    auto client = bench.connect(Version::v5);
    const auto subscribe = [&client](std::string_view filter, std::vector<std::uint32_t> identifiers) {
        wire::Subscribe packet{1, {}, {{filter, Qos::at_most_once, false, false, 0}}};
        packet.properties.subscription_identifiers = std::move(identifiers);
        client.send(packet);
        client.expect<wire::Suback>();
    };
    subscribe("a/b", {7});
    subscribe("a/+", {268'435'455});
    subscribe("a/#", {});
    subscribe("c", {9});
    client.publish("a/b", "x", Qos::at_most_once);
    auto got = client.receive().properties.subscription_identifiers;
    std::sort(got.begin(), got.end());
    CHECK(got == std::vector<std::uint32_t>{7, 268'435'455});
    client.publish("a/b/c", "x", Qos::at_most_once);
    CHECK(client.receive().properties.subscription_identifiers.empty());
}

}  // namespace
}  // namespace muster::test

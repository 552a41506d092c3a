// SPDX-License-Identifier: Apache-2.0
// Topic names, filters and their matching (section 4.7 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::string_literals;

// What SUBACK says of a filter that is none.
ReasonCode refusal(Version version) {
    return version == Version::v5 ? ReasonCode::topic_filter_invalid : ReasonCode::unspecified_error;
}

// Subscribes to the filter alone and says whether a message to the topic comes.
bool does_match(Client& client, std::string_view filter, std::string_view topic) {
    client.subscribe(filter, Qos::at_most_once);
    client.subscribe("end", Qos::at_most_once);
    client.publish(topic, "x", Qos::at_most_once);
    client.publish("end", "end", Qos::at_most_once);
    const bool matches = client.receive().payload == "x";
    if (matches) client.receive();
    client.unsubscribe("end");
    client.unsubscribe(filter);
    return matches;
}

TEST_CASE("# stands alone or after a slash, at the end, and matches its parent and everything below",
          "[3.1.1/MQTT-4.7.1-2][5.0/MQTT-4.7.1-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    for (const auto* const filter : {"a#", "a/b#", "#/a", "a/#/b", "##"}) CHECK(client.subscribe(filter) == refusal(version));
    CHECK(does_match(client, "a/b/#", "a/b"));
    CHECK(does_match(client, "a/b/#", "a/b/c/d"));
    CHECK(does_match(client, "a/#", "a/"));
    CHECK_FALSE(does_match(client, "a/b/#", "a/bc"));
}

TEST_CASE("+ stands for one whole level, anywhere", "[3.1.1/MQTT-4.7.1-3][5.0/MQTT-4.7.1-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    for (const auto* const filter : {"a+", "+a", "a/b+/c", "a/+b"}) CHECK(client.subscribe(filter) == refusal(version));
    CHECK(does_match(client, "a/+/c", "a/b/c"));
    CHECK(does_match(client, "a/+", "a/"));
    CHECK(does_match(client, "+/+", "/a"));
    CHECK_FALSE(does_match(client, "+", "/a"));
    CHECK_FALSE(does_match(client, "a/+", "a/b/c"));
}

TEST_CASE("a filter that begins with a wildcard does not match a topic that begins with $", "[3.1.1/MQTT-4.7.2-1][5.0/MQTT-4.7.2-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.publish("$hidden/a", "retained", Qos::at_most_once, true);
    for (const auto* const filter : {"#", "+/a", "+/#"}) {
        client.subscribe(filter, Qos::at_most_once);
        client.publish("$hidden/a", "x", Qos::at_most_once);
        client.expect_nothing();
        client.unsubscribe(filter);
    }
    client.publish("$hidden/a", "", Qos::at_most_once, true);
    CHECK(does_match(client, "$hidden/#", "$hidden/a"));
    CHECK(does_match(client, "$hidden/+", "$hidden/a"));
}

TEST_CASE("topics and filters have at least one character", "[3.1.1/MQTT-4.7.3-1][5.0/MQTT-4.7.3-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto properties = version == Version::v5 ? "\0"s : ""s;
    const Bench bench;
    auto client = bench.connect(version);
    SECTION("an empty topic ends the connection") {
        client.send_bytes(raw_packet(0x30, raw_text("") + properties));
        client.expect_closed_for(version == Version::v5 ? ReasonCode::protocol_error : ReasonCode::topic_name_invalid);
    }
    SECTION("an empty filter does not become a subscription") {
        client.send_bytes(raw_packet(0x82, "\0\1"s + properties + raw_text("") + "\0"s));
        client.expect_closed_for(ReasonCode::malformed_packet);
    }
    SECTION("one character, or a slash, is enough") {
        CHECK(does_match(client, "a", "a"));
        CHECK(does_match(client, "/", "/"));
    }
}

TEST_CASE("topics and filters may be 65,535 bytes long", "[3.1.1/MQTT-4.7.3-3][5.0/MQTT-4.7.3-3]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    const std::string longest(wire::max_string_bytes, 't');
    CHECK(does_match(client, longest, longest));
    CHECK(does_match(client, "+", longest));
}

TEST_CASE("topics are compared as they are: case, spaces, empty levels and composed characters all count",
          "[3.1.1/MQTT-4.7.3-4][5.0/MQTT-4.7.3-4]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    CHECK_FALSE(does_match(client, "accounts", "Accounts"));
    CHECK_FALSE(does_match(client, "a", "/a"));
    CHECK_FALSE(does_match(client, "a/b", "a//b"));
    CHECK_FALSE(does_match(client, "a", "a "));
    CHECK_FALSE(does_match(client, "\xC3\xA4", "a\xCC\x88"));
    CHECK(does_match(client, "\xC3\xA4 \xF0\x9F\x98\x80/%41", "\xC3\xA4 \xF0\x9F\x98\x80/%41"));
    CHECK_FALSE(does_match(client, "A", "%41"));
}

}  // namespace
}  // namespace muster::test

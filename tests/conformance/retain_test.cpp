// SPDX-License-Identifier: Apache-2.0
// Retained messages (section 3.3.1.3 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

TEST_CASE("a retained message is stored with its QoS, the newest of each topic, and sent to new subscribers with RETAIN",
          "[3.1.1/MQTT-3.3.1-5][3.1.1/MQTT-3.3.1-6][3.1.1/MQTT-3.3.1-8][5.0/MQTT-3.3.1-5]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto publisher = bench.connect(version, "publisher");
    publisher.publish("a/1", "old", Qos::at_least_once, true);
    publisher.publish("a/1", "new", Qos::at_least_once, true);
    publisher.publish("a/2", "other", Qos::at_most_once, true);
    auto client = bench.connect(version);
    client.subscribe("a/1");
    const auto& first = client.receive();
    CHECK(first.payload == "new");
    CHECK(first.qos == Qos::at_least_once);
    CHECK(first.retain);
    client.expect_nothing();
    client.subscribe("+/2");
    const auto& second = client.receive();
    CHECK(second.payload == "other");
    CHECK(second.qos == Qos::at_most_once);
    CHECK(second.retain);
}

TEST_CASE("a retained message of QoS 0 replaces one of QoS 1", "[3.1.1/MQTT-3.3.1-7]") {
    const Bench bench;
    auto client = bench.connect(Version::v311);
    client.publish("t", "old", Qos::at_least_once, true);
    client.publish("t", "new", Qos::at_most_once, true);
    client.subscribe("t");
    CHECK(client.receive().payload == "new");
    client.expect_nothing();
}

TEST_CASE("to an established subscription a message comes without RETAIN", "[3.1.1/MQTT-3.3.1-9][5.0/MQTT-3.3.1-12]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.subscribe("t");
    bench.connect(version, "publisher").publish("t", "x", Qos::at_least_once, true);
    CHECK_FALSE(client.receive().retain);
}

TEST_CASE("with retain as published RETAIN comes as it was sent", "[5.0/MQTT-3.3.1-13]") {
    const auto retain = GENERATE(true, false);
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.send(wire::Subscribe{1, {}, {{"t", Qos::at_least_once, false, true, 0}}});
    client.expect<wire::Suback>();
    bench.connect(Version::v5, "publisher").publish("t", "x", Qos::at_least_once, retain);
    CHECK(client.receive().retain == retain);
}

TEST_CASE("an empty retained message is delivered, removes what was retained and is not retained itself",
          "[3.1.1/MQTT-3.3.1-10][3.1.1/MQTT-3.3.1-11][5.0/MQTT-3.3.1-6][5.0/MQTT-3.3.1-7]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto publisher = bench.connect(version, "publisher");
    publisher.publish("t", "old", Qos::at_least_once, true);
    auto client = bench.connect(version);
    client.subscribe("t");
    CHECK(client.receive().payload == "old");
    publisher.publish("t", "", Qos::at_least_once, true);
    const auto& empty = client.receive();
    CHECK(empty.payload.empty());
    CHECK_FALSE(empty.retain);
    auto later = bench.connect(version, "later");
    later.subscribe("t");
    later.expect_nothing();
}

TEST_CASE("a message without RETAIN neither is retained nor changes what is", "[3.1.1/MQTT-3.3.1-12][5.0/MQTT-3.3.1-8]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto client = bench.connect(version);
    client.publish("t", "retained", Qos::at_least_once, true);
    client.publish("t", "passing");
    client.publish("t", "");
    client.publish("other", "passing");
    client.subscribe("t");
    CHECK(client.receive().payload == "retained");
    client.subscribe("other");
    client.expect_nothing();
}

// A retained message on `t`, then two SUBSCRIBEs with this retain handling; true where it was sent.
std::pair<bool, bool> sent_for(std::uint8_t retain_handling) {
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.publish("t", "retained", Qos::at_most_once, true);
    const auto is_sent = [&client, retain_handling](wire::PacketId id) {
        client.send(wire::Subscribe{id, {}, {{"t", Qos::at_most_once, false, false, retain_handling}}});
        client.expect<wire::Suback>();
        client.publish("end", "", Qos::at_most_once);
        const bool sent = client.receive().topic == "t";
        if (sent) client.receive();
        return sent;
    };
    client.subscribe("end", Qos::at_most_once);
    const bool first = is_sent(11);
    return {first, is_sent(12)};
}

TEST_CASE("retain handling 0 sends retained messages for every SUBSCRIBE", "[5.0/MQTT-3.3.1-9][5.0/MQTT-3.8.4-4]") {
    CHECK(sent_for(0) == std::pair(true, true));
}

TEST_CASE("retain handling 1 sends retained messages for new subscriptions only", "[5.0/MQTT-3.3.1-10]") {
    CHECK(sent_for(1) == std::pair(true, false));
}

TEST_CASE("retain handling 2 sends no retained messages", "[5.0/MQTT-3.3.1-11]") {
    CHECK(sent_for(2) == std::pair(false, false));
}

}  // namespace
}  // namespace muster::test

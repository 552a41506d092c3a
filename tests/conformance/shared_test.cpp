// SPDX-License-Identifier: Apache-2.0
// Shared subscriptions (MQTT 5.0, section 4.8.2).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::string_literals;

constexpr auto shared_filter = "$share/group/t";

// A member of the group with a session that stays.
Client member(const Bench& bench, std::string_view client_id, Qos qos = Qos::exactly_once) {
    auto client = bench.connect(hello_again(Version::v5, client_id));
    client.subscribe(shared_filter, qos);
    return client;
}

TEST_CASE("of a shared subscription each message goes to one member", "[5.0/MQTT-4.8.2-1]") {
    const Bench bench;
    auto one = member(bench, "one");
    auto other = member(bench, "other");
    auto publisher = bench.connect(Version::v5, "publisher");
    for (int i = 0; i < 10; ++i) publisher.publish("t", "x");
    std::size_t received = 0;
    for (auto* const client : {&one, &other}) {
        client->send(wire::Pingreq{});
        // Whatever came, up to the answer.
        for (int i = 0; i < 5; ++i, ++received) client->receive();
        client->expect<wire::Pingresp>();
    }
    CHECK(received == 10);
}

TEST_CASE("a shared filter without a name, without a filter or with a wildcard in its name is refused",
          "[5.0/MQTT-4.8.2-1][5.0/MQTT-4.8.2-2]") {
    const auto* const filter = GENERATE("$share//t", "$share/group", "$share/group/", "$share/gr+up/t", "$share/#/t", "$share/");
    const Bench bench;
    auto client = bench.connect(Version::v5);
    CHECK(client.subscribe(filter) == ReasonCode::topic_filter_invalid);
}

TEST_CASE("no local on a shared subscription is a protocol error", "[5.0/MQTT-3.8.3-4]") {
    const Bench bench;
    auto client = bench.connect(Version::v5);
    client.send_bytes(raw_packet(0x82, "\0\1\0"s + raw_text(shared_filter) + '\x04'));
    client.expect_closed_for(ReasonCode::protocol_error);
}

TEST_CASE("a member gets a message at most at its granted QoS", "[5.0/MQTT-4.8.2-3]") {
    const auto qos = GENERATE(Qos::at_most_once, Qos::at_least_once, Qos::exactly_once);
    const Bench bench;
    auto client = member(bench, "one", qos);
    bench.connect(Version::v5, "publisher").publish("t", "x", Qos::exactly_once);
    CHECK(client.receive().qos == qos);
}

TEST_CASE("a QoS 2 message that one member was being sent is finished with this member", "[5.0/MQTT-4.8.2-4]") {
    const Bench bench;
    auto one = member(bench, "one");
    bench.connect(Version::v5, "publisher").publish("t", "begun", Qos::exactly_once);
    const auto id = one.expect<wire::Publish>().packet_id;
    auto other = member(bench, "other");
    one.cut();
    other.expect_nothing();
    one = bench.connect(hello_again(Version::v5, "one"));
    const auto& again = one.receive();
    CHECK(again.packet_id == id);
    CHECK(again.payload == "begun");
    other.expect_nothing();
}

TEST_CASE("if that member's session ends instead, nobody else gets the message", "[5.0/MQTT-4.8.2-5]") {
    const Bench bench;
    auto one = member(bench, "one");
    bench.connect(Version::v5, "publisher").publish("t", "begun", Qos::exactly_once);
    one.expect<wire::Publish>();
    auto other = member(bench, "other");
    one.cut();
    one = bench.connect(Version::v5, "one");
    one.expect_nothing();
    other.expect_nothing();
}

TEST_CASE("a message that a member refuses is offered to nobody else", "[5.0/MQTT-4.8.2-6]") {
    const auto qos = GENERATE(Qos::at_least_once, Qos::exactly_once);
    const Bench bench;
    auto one = member(bench, "one");
    bench.connect(Version::v5, "publisher").publish("t", "refused", qos);
    const auto id = one.expect<wire::Publish>().packet_id;
    auto other = member(bench, "other");
    if (qos == Qos::at_least_once)
        one.send(wire::Puback{id, ReasonCode::unspecified_error, {}});
    else
        one.send(wire::Pubrec{id, ReasonCode::unspecified_error, {}});
    one.expect_nothing();
    other.expect_nothing();
    one.cut();
    one = bench.connect(hello_again(Version::v5, "one"));
    one.expect_nothing();
    other.expect_nothing();
}

}  // namespace
}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Wills: stored, published, dropped, delayed (sections 3.1.2, 3.1.3 and 3.14 of both specifications).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

Client observer_of(const Bench& bench, Version version) {
    auto observer = bench.connect(version, "observer");
    observer.subscribe("will");
    return observer;
}

wire::Connect hello_with(Version version, const wire::Will& will) {
    auto connect = hello(version);
    connect.will = will;
    return connect;
}

TEST_CASE("a will is published when its connection ends without DISCONNECT, once",
          "[3.1.1/MQTT-3.1.2-8][3.1.1/MQTT-3.1.2-10][5.0/MQTT-3.1.2-7][5.0/MQTT-3.1.2-8][5.0/MQTT-3.1.2-10]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto observer = observer_of(bench, version);
    auto connect = hello_again(version);
    connect.will = will("gone", Qos::at_least_once);
    bench.connect(connect).cut();
    CHECK(observer.receive().payload == "gone");
    // The next connection has no will, and the old one is not published again.
    bench.connect(hello_again(version)).cut();
    bench.connect(version, "barrier").publish("will", "barrier");
    CHECK(observer.receive().payload == "barrier");
}

TEST_CASE("a will is published when the broker ends the connection for an error", "[3.1.1/MQTT-3.1.2-8][5.0/MQTT-3.1.2-8]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto observer = observer_of(bench, version);
    auto client = bench.connect(hello_with(version, will()));
    client.send_bytes(std::string("\xF0\xFF\xFF\xFF\xFF\xFF", 6));
    CHECK(observer.receive().payload == "gone");
}

TEST_CASE("DISCONNECT drops the will",
          "[3.1.1/MQTT-3.1.2-8][3.1.1/MQTT-3.1.2-10][3.1.1/MQTT-3.14.4-3][5.0/MQTT-3.1.2-8][5.0/MQTT-3.1.2-10][5.0/MQTT-3.14.4-3]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto observer = observer_of(bench, version);
    bench.connect(hello_with(version, will())).disconnect();
    observer.expect_nothing();
}

TEST_CASE("DISCONNECT with another reason than 0 publishes the will", "[5.0/MQTT-3.14.4-3][5.0/MQTT-3.1.2-8]") {
    const auto reason = GENERATE(ReasonCode::disconnect_with_will, ReasonCode::unspecified_error);
    const Bench bench;
    auto observer = observer_of(bench, Version::v5);
    auto client = bench.connect(hello_with(Version::v5, will()));
    client.send(wire::Disconnect{reason, {}});
    client.expect_closed();
    CHECK(observer.receive().payload == "gone");
}

TEST_CASE("a connection without a will publishes none", "[3.1.1/MQTT-3.1.2-12]") {
    const Bench bench;
    auto observer = bench.connect(Version::v311, "observer");
    observer.subscribe("#");
    bench.connect(Version::v311).cut();
    bench.connect(hello_with(Version::v311, will("barrier"))).cut();
    CHECK(observer.receive().payload == "barrier");
}

TEST_CASE("a will is retained if it says so, and not if not",
          "[3.1.1/MQTT-3.1.2-16][3.1.1/MQTT-3.1.2-17][5.0/MQTT-3.1.2-14][5.0/MQTT-3.1.2-15]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto retain = GENERATE(true, false);
    const Bench bench;
    auto observer = observer_of(bench, version);
    bench.connect(hello_with(version, will("gone", Qos::at_least_once, retain))).cut();
    CHECK_FALSE(observer.receive().retain);
    auto later = bench.connect(version, "later");
    later.subscribe("will");
    if (retain) CHECK(later.receive().retain);
    later.expect_nothing();
}

TEST_CASE("a delayed will waits for its delay", "[5.0/MQTT-3.1.2-8]") {
    const Bench bench;
    auto observer = observer_of(bench, Version::v5);
    const auto connect_with_delay = [&bench](std::string_view payload, std::uint32_t delay) {
        auto connect = hello_again(Version::v5, payload);
        connect.will = will(payload);
        connect.will->properties.will_delay_interval = delay;
        return bench.connect(connect);
    };
    auto late = connect_with_delay("late", 4);
    auto early = connect_with_delay("early", 1);
    auto at_once = connect_with_delay("at once", 0);
    for (auto* const client : {&late, &early, &at_once}) client->cut();
    for (const auto* const payload : {"at once", "early", "late"}) CHECK(observer.receive().payload == payload);
}

TEST_CASE("a delayed will is published when its session ends before", "[5.0/MQTT-3.1.2-8]") {
    const Bench bench;
    auto observer = observer_of(bench, Version::v5);
    auto connect = hello_again(Version::v5);
    connect.will = will();
    connect.will->properties.will_delay_interval = 300;
    SECTION("by its expiry") {
        connect.properties.session_expiry_interval = 1;
        bench.connect(connect).cut();
    }
    SECTION("by a clean start") {
        bench.connect(connect).cut();
        bench.connect(Version::v5).disconnect();
    }
    CHECK(observer.receive().payload == "gone");
}

TEST_CASE("a delayed will is dropped when the session is resumed before", "[5.0/MQTT-3.1.3-9][5.0/MQTT-3.1.2-8]") {
    const Bench bench;
    auto observer = observer_of(bench, Version::v5);
    auto connect = hello_again(Version::v5);
    connect.will = will();
    // Long enough to come back in time on a busy machine.
    connect.will->properties.will_delay_interval = 3;
    bench.connect(connect).cut();
    connect.will.reset();
    auto client = bench.connect(connect);
    bench.let_pass(4);
    observer.expect_nothing();
}

TEST_CASE("a will's properties are published with it, user properties in their order", "[5.0/MQTT-3.1.3-10]") {
    const Bench bench;
    auto observer = observer_of(bench, Version::v5);
    auto sent = will();
    sent.properties.content_type = "text/plain";
    sent.properties.response_topic = "answers";
    sent.properties.correlation_data = "42";
    sent.properties.payload_format_indicator = std::uint8_t{1};
    sent.properties.user_properties = {{"b", "1"}, {"a", "2"}, {"b", "3"}};
    bench.connect(hello_with(Version::v5, sent)).cut();
    const auto& got = observer.receive().properties;
    CHECK(got.user_properties == sent.properties.user_properties);
    CHECK(got.content_type == "text/plain");
    CHECK(got.response_topic == "answers");
    CHECK(got.correlation_data == "42");
    CHECK(got.payload_format_indicator == 1);
}

}  // namespace
}  // namespace muster::test

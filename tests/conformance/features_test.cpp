// SPDX-License-Identifier: Apache-2.0
// A broker that offers less than everything: what CONNACK says of it and what comes of using it nevertheless (MQTT 5.0, section 3.2.2.3).
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>

namespace muster::test {
namespace {

testbroker::BrokerConfig offering(const testbroker::Features& features) {
    testbroker::BrokerConfig config;
    config.features = features;
    return config;
}

testbroker::BrokerConfig up_to(Qos maximum) {
    testbroker::Features features;
    features.maximum_qos = maximum;
    return offering(features);
}

TEST_CASE("a broker that does not serve every QoS says in CONNACK which is the highest, one that does says nothing", "[5.0/MQTT-3.2.2-9]") {
    const auto highest = GENERATE(0, 1, 2);
    const Bench bench(up_to(static_cast<Qos>(highest)));
    auto client = bench.open();
    const auto& told = bench.ask(client, hello(Version::v5)).properties.maximum_qos;
    CHECK(told == (highest == 2 ? std::optional<std::uint8_t>() : std::optional<std::uint8_t>(static_cast<std::uint8_t>(highest))));
}

TEST_CASE("a broker that does not serve every QoS takes subscriptions of each and grants what it has", "[5.0/MQTT-3.2.2-10]") {
    const auto highest = GENERATE(0, 1);
    const Bench bench(up_to(static_cast<Qos>(highest)));
    auto client = bench.connect(Version::v5);
    for (const auto asked : {0, 1, 2}) {
        const auto granted = client.subscribe("t/" + std::to_string(asked), static_cast<Qos>(asked));
        CHECK(static_cast<int>(granted) == std::min(asked, highest));
    }
    bench.connect(Version::v5, "publisher").publish("t/2", "highest", static_cast<Qos>(highest));
    CHECK(client.receive().qos == static_cast<Qos>(highest));
    wire::Publish message;
    message.topic = "t/2";
    message.qos = static_cast<Qos>(highest + 1);
    message.packet_id = 9;
    client.send(message);
    client.expect_closed_for(ReasonCode::qos_not_supported);
}

TEST_CASE("a will of a QoS that is not served is refused, and the connection ends", "[5.0/MQTT-3.2.2-12]") {
    const Bench bench(up_to(Qos::at_least_once));
    auto connect = hello(Version::v5);
    connect.will = will("gone", Qos::exactly_once);
    auto client = bench.open();
    CHECK(bench.ask(client, connect).reason == ReasonCode::qos_not_supported);
    client.expect_closed();
}

TEST_CASE("a retained will is refused where retained messages are not served, and the connection ends", "[5.0/MQTT-3.2.2-13]") {
    testbroker::Features features;
    features.retained_messages = false;
    const Bench bench(offering(features));
    auto connect = hello(Version::v5);
    connect.will = will("gone", Qos::at_most_once, true);
    auto client = bench.open();
    CHECK(bench.ask(client, connect).reason == ReasonCode::retain_not_supported);
    client.expect_closed();
    auto other = bench.open();
    CHECK(bench.ask(other, hello(Version::v5)).properties.retain_available == std::uint8_t{0});
    wire::Publish message;
    message.topic = "t";
    message.retain = true;
    other.send(message);
    other.expect_closed_for(ReasonCode::retain_not_supported);
}

TEST_CASE("a broker that serves no wildcards refuses filters that have one", "[3.1.1/MQTT-3.8.3-2]") {
    testbroker::Features features;
    features.wildcard_subscriptions = false;
    const Bench bench(offering(features));
    const auto version = GENERATE(Version::v311, Version::v5);
    auto client = bench.open(version);
    const auto told = bench.ask(client, hello(version)).properties.wildcard_subscription_available;
    CHECK(told == (version == Version::v5 ? std::optional<std::uint8_t>(0) : std::nullopt));
    const auto refusal = version == Version::v5 ? ReasonCode::wildcard_subscriptions_not_supported : ReasonCode::unspecified_error;
    CHECK(client.subscribe("a/+") == refusal);
    CHECK(client.subscribe("a/#") == refusal);
    CHECK(client.subscribe("a/b") == ReasonCode::granted_qos_1);
}

TEST_CASE("a SUBACK says which subscription asked for what is not served", "[5.0/MQTT-3.9.3-2]") {
    testbroker::Features features;
    features.shared_subscriptions = false;
    features.subscription_identifiers = false;
    const Bench bench(offering(features));
    auto client = bench.open();
    const auto& told = bench.ask(client, hello(Version::v5)).properties;
    CHECK(told.shared_subscription_available == std::uint8_t{0});
    CHECK(told.subscription_identifier_available == std::uint8_t{0});
    CHECK(client.subscribe("$share/group/a") == ReasonCode::shared_subscriptions_not_supported);
    wire::Subscribe subscribe{7, {}, {{"a", Qos::at_most_once, false, false, 0}}};
    subscribe.properties.subscription_identifiers = {1};
    client.send(subscribe);
    client.expect_closed_for(ReasonCode::subscription_identifiers_not_supported);
}

TEST_CASE("the broker's keep-alive, session expiry, receive and alias maximum are in CONNACK", "[5.0/MQTT-3.2.2-22]") {
    testbroker::BrokerConfig config;
    config.max_keep_alive = std::chrono::seconds(30);
    config.max_session_expiry = std::chrono::seconds(60);
    config.max_in_flight = 3;
    config.topic_alias_maximum = 0;
    const Bench bench(std::move(config));
    auto client = bench.open();
    const auto& told = bench.ask(client, hello_again(Version::v5)).properties;
    CHECK(told.server_keep_alive == std::uint16_t{30});
    CHECK(told.session_expiry_interval == std::uint32_t{60});
    CHECK(told.receive_maximum == std::uint16_t{3});
    CHECK_FALSE(told.topic_alias_maximum.has_value());
    auto content = hello(Version::v5);
    content.keep_alive = 20;
    auto other = bench.open();
    CHECK_FALSE(bench.ask(other, content).properties.server_keep_alive.has_value());
}

}  // namespace
}  // namespace muster::test

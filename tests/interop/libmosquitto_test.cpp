// SPDX-License-Identifier: Apache-2.0
// The broker with a client made of Mosquitto's library, in both versions and at every QoS.
#include "conformance/bench.hpp"
#include "interop/mosquitto_client.hpp"

#include <catch2/catch.hpp>
#include <mosquitto.h>
#include <mqtt_protocol.h>

namespace muster::test {
namespace {

constexpr const char* user = "acme/tester";
constexpr const char* password = "open sesame";

TEST_CASE("libmosquitto publishes and receives at every QoS") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto qos = GENERATE(0, 1, 2);
    const Bench bench;
    MosquittoClient client(version, "mosquitto");
    REQUIRE(client.connect(bench.port(), user, password) == 0);
    CHECK(client.subscribe("a/+", qos) == qos);
    for (int i = 0; i < 20; ++i) client.publish("a/b", std::to_string(i), qos);
    for (int i = 0; i < 20; ++i) {
        const auto message = client.receive();
        CHECK(message.topic == "a/b");
        CHECK(message.payload == std::to_string(i));
        CHECK(message.qos == qos);
    }
    client.disconnect();
}

TEST_CASE("a will of libmosquitto's is published when it is cut off, and not when it says goodbye") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    auto observer = bench.connect(version, "observer");
    observer.subscribe("status");
    MosquittoClient client(version, "mosquitto");
    client.set_will("status", "gone", 1);
    REQUIRE(client.connect(bench.port(), user, password) == 0);
    SECTION("cut off") {
        client.cut();
        CHECK(observer.receive().payload == "gone");
    }
    SECTION("goodbye") {
        client.disconnect();
        observer.expect_nothing();
    }
}

TEST_CASE("libmosquitto's session keeps what it missed, at QoS 1 and 2") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const auto qos = GENERATE(1, 2);
    const Bench bench;
    {
        MosquittoClient client(version, "mosquitto", false);
        REQUIRE(client.connect(bench.port(), user, password, 60) == 0);
        CHECK(client.subscribe("a", qos) == qos);
        client.disconnect();
    }
    bench.connect(version, "publisher").publish("a", "missed", static_cast<Qos>(qos));
    MosquittoClient client(version, "mosquitto", false);
    REQUIRE(client.connect(bench.port(), user, password, 60) == 0);
    const auto message = client.receive();
    CHECK(message.payload == "missed");
    CHECK(message.qos == qos);
    client.disconnect();
}

TEST_CASE("libmosquitto's properties of a request arrive whole") {
    const Bench bench;
    MosquittoClient client(Version::v5, "mosquitto");
    REQUIRE(client.connect(bench.port(), user, password) == 0);
    CHECK(client.subscribe("requests", 1) == 1);
    mosquitto_property* list = nullptr;
    mosquitto_property_add_string(&list, MQTT_PROP_RESPONSE_TOPIC, "answers");
    mosquitto_property_add_binary(&list, MQTT_PROP_CORRELATION_DATA, "\0\x01", 2);
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "b", "1");
    mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "a", "2");
    const MosquittoProperties properties(list, [](mosquitto_property* all) { mosquitto_property_free_all(&all); });
    client.publish("requests", "?", 1, properties);
    const auto message = client.receive();
    CHECK(message.response_topic == "answers");
    CHECK(message.correlation_data == std::string("\0\x01", 2));
    CHECK(message.user_properties == std::vector<std::pair<std::string, std::string>>{{"b", "1"}, {"a", "2"}});
    client.disconnect();
}

TEST_CASE("libmosquitto hears why it is refused") {
    const auto version = GENERATE(Version::v311, Version::v5);
    const Bench bench;
    MosquittoClient client(version, "mosquitto");
    CHECK(client.connect(bench.port(), user, "wrong") == (version == Version::v5 ? MQTT_RC_BAD_USERNAME_OR_PASSWORD : 4));
}

}  // namespace
}  // namespace muster::test

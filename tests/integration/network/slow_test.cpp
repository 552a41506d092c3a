// SPDX-License-Identifier: Apache-2.0
// Who connects and says nothing, or creeps, holds a connection for the deadline and no longer, wherever it came in.
#include "conformance/bench.hpp"
#include "integration/network/raw_socket.hpp"
#include "wire/encode.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr auto deadline = 300ms;
// Far below the deadlines that would count by default, and enough for a busy machine.
constexpr auto patience = 4s;

struct Entrance {
    std::string name;
    std::string url;
    std::string beginning;  ///< Of what is right there; more of it is to come, for ever.
};

testbroker::BrokerConfig impatient() {
    testbroker::BrokerConfig config;
    config.ws_port = 0;
    config.wss_port = 0;
    config.admin_port = 0;
    config.handshake_deadline = deadline;
    config.connect_deadline = deadline;
    return config;
}

std::vector<Entrance> entrances_of(const testbroker::BrokerAddresses& addresses) {
    const std::string client_hello = "\x16\3\1\2\0\1\0\1\xFC\3\3"s + std::string(500, 'r');
    const std::string connect = "\x10\xFF\x7F\0\4MQTT\5\2\0\x3C\0"s + std::string(500, 'i');
    const auto request = [](const std::string& line) { return line + " HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + std::string(500, 's'); };
    return {
        {"mqtt", addresses.mqtt_url, connect},
        {"mqtts", addresses.mqtts_url, client_hello},
        {"ws", addresses.ws_url, request("GET /mqtt")},
        {"wss", addresses.wss_url, client_hello},
        {"EST", addresses.est_url, client_hello},
        {"admin API over TCP", addresses.admin_url, request("GET /v1/status")},
        {"admin API over its socket", "unix:" + addresses.admin_socket.string(), request("POST /v1/tenants")},
    };
}

std::string upgrade() {
    return "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
}

}  // namespace

TEST_CASE("a connection on which nothing is said is closed after the deadline, at every entrance") {
    Bench bench(impatient());
    auto bystander = bench.connect(Version::v5, "bystander");
    const auto entrances = entrances_of(bench.broker().addresses());
    std::vector<RawSocket> silent;
    for (const auto& entrance : entrances) silent.emplace_back(entrance.url);
    for (std::size_t i = 0; i < entrances.size(); ++i) {
        CAPTURE(entrances[i].name);
        CHECK(silent[i].ends_within(patience));
    }
    bystander.expect_nothing();
}

TEST_CASE("who creeps through a handshake, a request or a CONNECT is closed after the deadline, at every entrance") {
    Bench bench(impatient());
    auto bystander = bench.connect(Version::v5, "bystander");
    for (const auto& entrance : entrances_of(bench.broker().addresses())) {
        CAPTURE(entrance.name);
        RawSocket creeper(entrance.url);
        CHECK(creeper.ends_while_creeping(entrance.beginning, 10ms, patience));
    }
    bystander.expect_nothing();
}

TEST_CASE("a WebSocket without a CONNECT is closed after the deadline, whatever it says") {
    Bench bench(impatient());
    RawSocket silent(bench.broker().addresses().ws_url);
    silent.send(upgrade());
    CHECK(silent.ends_within(patience));
    CHECK(silent.received().rfind("HTTP/1.1 101", 0) == 0);
    RawSocket creeper(bench.broker().addresses().ws_url);
    creeper.send(upgrade());
    // Pings of WebSocket, masked and empty: it is alive, but no MQTT client.
    CHECK(creeper.ends_while_creeping("\x89\x80\1\2\3\4"s, 5ms, patience));
}

TEST_CASE("hundreds of silent connections at every entrance keep nobody from being served") {
    auto config = impatient();
    config.handshake_deadline = 30s;
    config.connect_deadline = 30s;
    Bench bench(config);
    std::vector<RawSocket> silent;
    for (const auto& entrance : entrances_of(bench.broker().addresses())) {
        for (int i = 0; i < 60; ++i) {
            silent.emplace_back(entrance.url);
            silent.back().send(entrance.beginning.substr(0, static_cast<std::size_t>(i)));
        }
    }
    auto subscriber = bench.connect(Version::v5, "subscriber");
    subscriber.subscribe("t");
    auto publisher = bench.connect(Version::v311, "publisher");
    for (int i = 0; i < 100; ++i) {
        publisher.publish("t", std::to_string(i));
        CHECK(subscriber.receive().payload == std::to_string(i));
    }
    RawSocket asks(bench.broker().addresses().ws_url);
    asks.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(asks.ends_within(patience));
    CHECK(asks.received().rfind("HTTP/1.1 426", 0) == 0);
}

TEST_CASE("what waits in the whole broker has a ceiling: a slow reader's share is refused to others, until it reads") {
    testbroker::BrokerConfig config;
    config.max_memory = 1U << 20U;
    config.threads = 2;
    Bench bench(config);
    REQUIRE(bench.broker().create_tenant("other", testbroker::Isolation::flat));
    REQUIRE(bench.broker().create_tenant("third", testbroker::Isolation::flat));
    auto slow = bench.connect(hello_again(Version::v5, "slow"));
    slow.subscribe("t");
    slow.cut();

    auto publisher = bench.connect(Version::v5, "publisher");
    wire::Publish message;
    const std::string payload(100'000, 'x');
    message.topic = "t";
    message.payload = payload;
    message.qos = Qos::at_least_once;
    message.packet_id = 1;
    int taken = 0;
    const auto publish = [&](Client& client) {
        client.send(wire::Packet(message));
        return client.expect<wire::Puback>().reason;
    };
    while (publish(publisher) != ReasonCode::quota_exceeded) REQUIRE(++taken < 20);
    CHECK(taken >= 9);
    CHECK(bench.broker().counters().refused_for_memory == 1);

    // Whatever shard they are at home on.
    for (const std::string tenant : {"other", "third"}) {
        REQUIRE(bench.broker().set_application(tenant, "tester", "open sesame"));
        auto connect = hello(Version::v5, "neighbour");
        const std::string user = tenant + "/tester";
        connect.username = user;
        auto neighbour = bench.connect(connect);
        CHECK(publish(neighbour) == ReasonCode::quota_exceeded);
        neighbour.expect_nothing();
    }

    slow = bench.connect(hello_again(Version::v5, "slow"));
    for (int i = 0; i < taken; ++i) CHECK(slow.receive().payload.size() == payload.size());
    slow.expect_nothing();  // Its last PUBACK has been taken.
    CHECK(publish(publisher) == ReasonCode::success);
}

}  // namespace muster::test

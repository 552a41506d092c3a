// SPDX-License-Identifier: Apache-2.0
// Wrong protocols, silent clients, storms and slow readers: each costs one connection, and the others go on.
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

std::uint16_t port_of(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

}  // namespace

TEST_CASE("bytes of another protocol cost their connection, and nobody else's") {
    Bench bench;
    auto bystander = bench.connect(Version::v5, "bystander");
    for (const auto& bytes :
         {"\x16\3\1\2\0\1\0\1\xFC\3\3"s, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"s, "\0\0\0\0"s, std::string(5'000, '\xFF')}) {
        auto stranger = bench.open();
        stranger.send_bytes(bytes);
        stranger.expect_closed();
    }
    bystander.expect_nothing();
    CHECK(bench.broker().counters().malformed == 4);
}

TEST_CASE("MQTT without TLS at the TLS port costs its connection") {
    Bench bench;
    auto bystander = bench.connect(Version::v5, "bystander");
    Client stranger(port_of(bench.broker().addresses().mqtts_url), Version::v311);
    stranger.send(hello(Version::v311));
    stranger.cut();
    bystander.expect_nothing();
}

TEST_CASE("who says nothing, or only half a CONNECT, is cut off after the deadline") {
    testbroker::BrokerConfig config;
    config.connect_deadline = 200ms;
    const Bench bench(config);
    auto bystander = bench.connect(Version::v5, "bystander");
    auto silent = bench.open();
    auto halting = bench.open();
    halting.send_bytes("\x10\x20\0\4MQ"s);
    silent.expect_closed();
    halting.expect_closed();
    bystander.expect_nothing();
}

TEST_CASE("more clients a second than are admitted are told that the server is busy") {
    testbroker::BrokerConfig config;
    config.threads = 1;
    config.connects_per_second = 2;
    const Bench bench(config);
    int admitted = 0;
    int busy = 0;
    for (int i = 0; i < 6; ++i) {
        auto client = bench.open();
        const auto reason = bench.ask(client, hello(Version::v5, "client-" + std::to_string(i))).reason;
        admitted += reason == ReasonCode::success ? 1 : 0;
        busy += reason == ReasonCode::server_busy ? 1 : 0;
    }
    CHECK(admitted >= 2);
    CHECK(busy >= 1);
    CHECK(admitted + busy == 6);
    auto v311 = bench.open(Version::v311);
    bench.ask(v311, hello(Version::v311, "one-more"));
    CHECK(v311.last_bytes() == "\x20\2\0\3"s);  // Server unavailable.
}

TEST_CASE("a subscriber that does not read loses QoS 0, counted, and holds up nobody") {
    Bench bench;
    auto publisher = bench.connect(Version::v5, "publisher");
    auto slow = bench.connect(Version::v5, "slow");
    auto quick = bench.connect(Version::v5, "quick");
    slow.subscribe("t", Qos::at_most_once);
    quick.subscribe("t", Qos::at_most_once);
    const std::string payload(100'000, 'x');
    for (int i = 0; i < 300; ++i) {
        publisher.publish("t", payload, Qos::at_most_once);
        REQUIRE(quick.receive().payload.size() == payload.size());
    }
    publisher.expect_nothing();
    CHECK(bench.broker().counters().dropped_queue_full > 0);
}

TEST_CASE("how much is unsent to a subscriber before its QoS 0 is dropped can be set") {
    testbroker::BrokerConfig config;
    const bool is_least = GENERATE(true, false);
    if (is_least) config.max_unsent_bytes = 1;
    Bench bench(config);
    auto client = bench.connect(Version::v311, "client");
    client.subscribe("t", Qos::at_most_once);
    client.send_bytes("\x30\4\0\1t1\x30\4\0\1t2"s);  // Two in one read, and so the first is unsent when the second comes.
    CHECK(client.receive().payload == "1");
    if (!is_least) CHECK(client.receive().payload == "2");
    client.expect_nothing();
    CHECK(bench.broker().counters().dropped_queue_full == (is_least ? 1 : 0));
}

TEST_CASE("more unsent than a connection survives cannot be asked for") {
    testbroker::BrokerConfig config;
    config.max_unsent_bytes = (4U << 20U) + 1;
    const auto broker = testbroker::Broker::start(config);
    REQUIRE_FALSE(broker);
    CHECK(broker.error().code() == Code::invalid_argument);
}

}  // namespace muster::test

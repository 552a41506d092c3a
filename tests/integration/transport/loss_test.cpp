// SPDX-License-Identifier: Apache-2.0
// Going down because the other side wants it, or dies.
#include "link.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

TEST_CASE("a broker that dies takes the link down once, with messages in flight") {
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    broker.kill();
    for (transport::SendId id = 1; id <= 50; ++id) line.transport->send(1, id, {"a/b", "c", Qos::at_least_once, false});
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::unreachable);
    line.transport.reset();
    CHECK(line.sink.told(1).downs.size() == 1);
    CHECK(line.sink.told(1).order_is_kept);
    CHECK(line.sink.told(1).sent.empty());
}

TEST_CASE("after a broker's death the next link comes up as soon as the broker does") {
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    broker.kill();
    REQUIRE(line.sink.wait_down(1));
    line.transport->open(2, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_down(2));
    broker.start();
    line.transport->open(3, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(3));
    CHECK(line.sink.told(2).downs.front().code() == Code::unreachable);
}

TEST_CASE("a broker that ends the connection for a reason of its own is quoted") {
    const auto [reason, code] = GENERATE(table<char, Code>({{'\x8E', Code::taken_over},
                                                            {'\x8B', Code::unavailable},
                                                            {'\x8D', Code::timeout},
                                                            {'\x93', Code::unavailable},
                                                            {'\x97', Code::unavailable},
                                                            {'\x98', Code::unavailable},
                                                            {'\x9C', Code::unavailable},
                                                            {'\x87', Code::denied},
                                                            {'\x81', Code::rejected}}));
    const std::string connack("\x20\x03\x00\x00\x00", 5);
    ScriptedBroker broker({{Packet::connect, {connack}}, {Packet::publish, {std::string("\xE0\x01") + reason}}});
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->send(1, 1, {"a", "b", Qos::at_most_once, false});
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == code);
}

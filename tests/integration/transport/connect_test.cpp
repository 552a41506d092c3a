// SPDX-License-Identifier: Apache-2.0
// Coming up: what the broker said, and what the transport said to the broker.
#include "link.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

TEST_CASE("a link comes up once and says what the broker asks for") {
    MosquittoProcess broker({"max_inflight_messages 7", "max_packet_size 5000", "max_keepalive 25"});
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    const auto told = line.sink.told(1);
    REQUIRE(told.ups.size() == 1);
    CHECK_FALSE(told.ups.front().session_present);
    CHECK(told.ups.front().receive_maximum == 7);
    CHECK(told.ups.front().maximum_packet_size == 5'000);
    CHECK(told.ups.front().server_keep_alive == 25s);
    CHECK(told.downs.empty());
}

TEST_CASE("a link speaks MQTT 5 from its first packet, starts clean and bounds what it will take") {
    const std::string connack("\x20\x03\x00\x00\x00", 5);
    ScriptedBroker broker({{Packet::connect, {connack}}});
    Line line;
    auto options = options_for(broker.url());
    options.keep_alive = 258s;
    options.username = "op";
    options.password = "secret";
    line.transport->open(1, options, line.sink);
    REQUIRE(line.sink.wait_up(1));
    const auto packets = broker.received(Packet::connect);
    REQUIRE(packets.size() == 1);
    const std::string& connect = packets.front();
    CHECK(connect.substr(2, 7) == std::string("\x00\x04MQTT\x05", 7));
    CHECK(connect[9] == '\xC2');                                                       // User name, password, clean start; no will.
    CHECK(connect.substr(10, 2) == std::string("\x01\x02", 2));                        // Keep-alive.
    CHECK(connect.find(std::string("\x27\x01\x00\x00\x00", 5)) != std::string::npos);  // Maximum packet size: 16 MiB.
    CHECK(connect.find(std::string("\x00\x08press-01\x00\x02op\x00\x06secret", 22)) != std::string::npos);
}

TEST_CASE("a session that is to be kept is resumed") {
    MosquittoProcess broker;
    Line line;
    auto options = options_for(broker.url());
    options.session_expiry = 60s;
    line.transport->open(1, options, line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->close(1);
    REQUIRE(line.sink.wait_down(1));
    line.transport->open(2, options, line.sink);
    REQUIRE(line.sink.wait_up(2));
    CHECK(line.sink.told(2).ups.front().session_present);
}

TEST_CASE("a link can be opened right after the one before was closed") {
    MosquittoProcess broker;
    Line line;
    for (transport::LinkId link = 1; link <= 5; ++link) {
        const auto start = std::chrono::steady_clock::now();
        line.transport->open(link, options_for(broker.url()), line.sink);
        REQUIRE(line.sink.wait_up(link));
        line.transport->close(link);
        REQUIRE(line.sink.wait_down(link));
        CHECK(std::chrono::steady_clock::now() - start < 3s);  // Paho polls once a second.
        CHECK(line.sink.told(link).downs.front().code() == Code::stopped);
        CHECK(line.sink.told(link).order_is_kept);
    }
}

TEST_CASE("where nothing listens the link goes down as unreachable, once") {
    Line line;
    line.transport->open(1, options_for("mqtt://127.0.0.1:" + std::to_string(free_port())), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::unreachable);
    CHECK(down->hint() == "check that a broker listens there");
    CHECK(line.sink.told(1).downs.size() == 1);
    CHECK(line.sink.told(1).ups.empty());
}

TEST_CASE("a host name that does not resolve is unreachable") {
    Line line;
    line.transport->open(1, options_for("mqtt://no-such-host.invalid:1883"), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::unreachable);
}

TEST_CASE("a link does not wait for the links of other devices in the process") {
    MosquittoProcess broker;
    std::vector<std::unique_ptr<Line>> lines;
    for (const char* const client : {"press-01", "press-02", "press-03"}) {
        lines.push_back(std::make_unique<Line>());
        const auto start = std::chrono::steady_clock::now();
        lines.back()->transport->open(1, options_for(broker.url(), client), lines.back()->sink);
        REQUIRE(lines.back()->sink.wait_up(1));
        // Paho alone takes 2 s from the second on.
        CHECK(std::chrono::steady_clock::now() - start < 900ms);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Going down because we want it: at any moment, once, without waiting, leaving nothing behind.
#include "link.hpp"
#include "support/loopback.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>
#include <poll.h>

#include <thread>

using namespace muster;
using namespace muster::test;

namespace {

using Steady = std::chrono::steady_clock;
const std::string connack("\x20\x03\x00\x00\x00", 5);

// Whether the other side has gone from a connection that was accepted but never read.
bool is_closed_by_peer(int connection) {
    std::array<char, 256> buffer{};
    pollfd wait{connection, POLLIN, 0};
    while (::poll(&wait, 1, 10'000) == 1) {
        if (::recv(connection, buffer.data(), buffer.size(), 0) <= 0) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("closing a link that is up disconnects properly") {
    ScriptedBroker broker({{Packet::connect, {connack}}});
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->close(1);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::stopped);
    line.transport.reset();
    // It was sent, and the broker is about to read it.
    for (const auto until = Steady::now() + 20s; broker.received(Packet::disconnect).empty() && Steady::now() < until;)
        std::this_thread::yield();
    CHECK(broker.received(Packet::disconnect).size() == 1);
    CHECK(line.sink.told(1).downs.size() == 1);
}

TEST_CASE("an attempt that nobody answers can be abandoned at once, and does not go on unseen") {
    LoopbackListener silent;
    Line line;
    line.transport->open(1, options_for("mqtt://127.0.0.1:" + std::to_string(silent.port())), line.sink);
    const int connection = ::accept4(silent.fd(), nullptr, nullptr, SOCK_CLOEXEC);
    REQUIRE(connection >= 0);
    const auto start = Steady::now();
    line.transport->close(1);
    const auto down = line.sink.wait_down(1);
    CHECK(Steady::now() - start < 500ms);
    REQUIRE(down);
    CHECK(down->code() == Code::stopped);
    CHECK(is_closed_by_peer(connection));
    ::close(connection);
    CHECK(line.sink.told(1).downs.size() == 1);
}

TEST_CASE("an attempt that nobody answers ends by itself, too") {
    LoopbackListener silent;
    Line line;
    auto options = options_for("mqtt://127.0.0.1:" + std::to_string(silent.port()));
    options.connect_timeout = 1s;
    line.transport->open(1, options, line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::timeout);
}

TEST_CASE("opening a link closes the one before it") {
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->open(2, options_for(broker.url()), line.sink);
    CHECK(line.sink.told(1).downs.size() == 1);
    REQUIRE(line.sink.wait_up(2));
    CHECK(line.sink.told(1).downs.front().code() == Code::stopped);
    CHECK(line.sink.told(1).order_is_kept);
    CHECK(line.sink.told(2).downs.empty());
}

TEST_CASE("the end of a transport is the end of its link") {
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport.reset();
    CHECK(line.sink.told(1).downs.size() == 1);
    CHECK(line.sink.told(1).order_is_kept);
}

TEST_CASE("what is asked of a link that is gone has no effect") {
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->close(1);
    REQUIRE(line.sink.wait_down(1));
    line.transport->send(1, 7, {"a", "b", Qos::at_least_once, false});
    line.transport->subscribe(1, {{"a", Qos::at_least_once}});
    line.transport->close(1);
    line.transport->send(99, 8, {"a", "b", Qos::at_least_once, false});
    line.transport->open(2, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(2));
    CHECK(line.sink.told(1).downs.size() == 1);
    CHECK(line.sink.told(1).order_is_kept);
    CHECK(line.sink.told(1).sent.empty());
}

// SPDX-License-Identifier: Apache-2.0
// Endpoints whose host is a name: all its addresses, and what else must not change on the way through the relay.
#include "link.hpp"
#include "support/addresses.hpp"
#include "support/gate.hpp"
#include "support/loopback.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>

#include <memory>

using namespace muster;
using namespace muster::test;
using transport::Address;

namespace {

using Steady = std::chrono::steady_clock;
const std::string connack("\x20\x03\x00\x00\x00", 5);
const std::string name = "mqtt://broker.example:1883";

Address address_of(const ScriptedBroker& broker) {
    const std::string url = broker.url();
    return muster::test::address_of("127.0.0.1", static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
}

}  // namespace

TEST_CASE("closing a link to a name disconnects properly, and so does destroying it") {
    ScriptedBroker broker({{Packet::connect, {connack}}});
    NamedLine line({address_of(broker)});
    line.transport->open(1, options_for(name), line.sink);
    REQUIRE(line.sink.wait_up(1));
    const bool is_closed_first = GENERATE(true, false);
    if (is_closed_first) {
        line.transport->close(1);
        REQUIRE(line.sink.wait_down(1));
    }
    line.transport.reset();
    const auto deadline = Steady::now() + 10s;
    while (broker.received(Packet::disconnect).empty() && Steady::now() < deadline) std::this_thread::yield();
    CHECK(broker.received(Packet::disconnect).size() == 1);
    CHECK(line.sink.told(1).downs.size() == 1);
}

TEST_CASE("a broker behind a name that falls silent is found out by its pings") {
    ScriptedBroker broker({{Packet::connect, {connack}}});
    NamedLine line({address_of(broker)});
    auto options = options_for(name);
    options.keep_alive = 1s;
    line.transport->open(1, options, line.sink);
    REQUIRE(line.sink.wait_up(1));
    const auto start = Steady::now();
    REQUIRE(line.sink.wait_down(1));
    CHECK(Steady::now() - start < 8s);
    CHECK(line.sink.told(1).downs.front().code() == Code::unreachable);
}

TEST_CASE("an address that takes connections and does no more is left for another at the next attempt") {
    const AnsweringAddress mute("127.0.0.2");
    ScriptedBroker broker({{Packet::connect, {connack}}});
    NamedLine line({mute.address(), address_of(broker)});
    // Which one it prefers is its own choice: at most one attempt goes to the mute one.
    transport::LinkId link = 1;
    line.transport->open(link, options_for(name), line.sink);
    if (!line.sink.wait_for_up(link, 2s)) {
        line.transport->close(link);
        REQUIRE(line.sink.wait_down(link));
        line.transport->open(++link, options_for(name), line.sink);
    }
    REQUIRE(line.sink.wait_up(link));
}

TEST_CASE("when the address in use is gone, the next attempt is up at another one at once, and stays there") {
    auto first = std::make_unique<ScriptedBroker>(ScriptedBroker::Script{{Packet::connect, {connack}}});
    auto second = std::make_unique<ScriptedBroker>(ScriptedBroker::Script{{Packet::connect, {connack}}});
    NamedLine line({address_of(*first), address_of(*second)});
    line.transport->open(1, options_for(name), line.sink);
    REQUIRE(line.sink.wait_up(1));
    const bool is_first = first->received(Packet::connect).size() == 1;
    (is_first ? first : second).reset();
    REQUIRE(line.sink.wait_down(1));
    const auto start = Steady::now();
    line.transport->open(2, options_for(name), line.sink);
    REQUIRE(line.sink.wait_up(2));
    CHECK(Steady::now() - start < 1s);
    line.transport->open(3, options_for(name), line.sink);
    REQUIRE(line.sink.wait_up(3));
    CHECK((is_first ? second : first)->received(Packet::connect).size() == 2);
}

TEST_CASE("where no address answers, the reason of each is told") {
    const RefusingAddress dead("127.0.0.2");
    const RefusingAddress dead_too("::1");
    NamedLine line({dead.address(), dead_too.address()});
    line.transport->open(1, options_for(name), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::unreachable);
    CHECK_THAT(down->message(), Catch::Contains(dead.address().text() + ": Connection refused"));
    CHECK_THAT(down->message(), Catch::Contains(dead_too.address().text() + ": Connection refused"));
}

TEST_CASE("a resolver that does not answer holds up no other device, and not the closing") {
    const auto gate = std::make_shared<Gate>();
    RecordingSink sink;
    auto stuck = make_transport([gate](const std::string&, std::uint16_t) {
        gate->wait();
        return Result<std::vector<Address>>(Error{Code::unreachable, "no answer"});
    });
    stuck->open(1, options_for(name), sink);
    ScriptedBroker broker({{Packet::connect, {connack}}});
    NamedLine line({address_of(broker)});
    const auto start = Steady::now();
    line.transport->open(1, options_for(name), line.sink);
    REQUIRE(line.sink.wait_up(1));
    stuck->close(1);
    REQUIRE(sink.wait_down(1));
    stuck.reset();
    CHECK(Steady::now() - start < 2s);
    gate->open();
}

// SPDX-License-Identifier: Apache-2.0
// The same contract over MQTT 3.1.1, which has no reason codes, no properties and no receive maximum.
#include "link.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace muster;
using namespace muster::test;

namespace {

const std::string connack("\x20\x02\x00\x00", 4);

transport::LinkOptions old_options(const std::string& url) {
    auto options = options_for(url);
    options.protocol = Protocol::mqtt311;
    return options;
}

// What a server of 3.1.1 grants or refuses (section 3.9.3) to one filter after the other.
std::vector<Result<void>> answers_to(const std::vector<transport::Subscription>& filters, const std::vector<std::string>& subacks) {
    ScriptedBroker broker({{Packet::connect, {connack}}, {Packet::subscribe, subacks}});
    return answers_on_link(old_options(broker.url()), filters);
}

}  // namespace

TEST_CASE("a link speaks MQTT 3.1.1 if it is told to, and starts clean") {
    ScriptedBroker broker({{Packet::connect, {connack}}});
    Line line;
    auto options = old_options(broker.url());
    options.keep_alive = 258s;
    options.username = "op";
    options.password = "secret";
    line.transport->open(1, options, line.sink);
    REQUIRE(line.sink.wait_up(1));
    const auto packets = broker.received(Packet::connect);
    REQUIRE(packets.size() == 1);
    // User name, password, clean session, no will; keep-alive; no properties.
    CHECK(packets.front().substr(2) == std::string("\x00\x04MQTT\x04\xC2\x01\x02\x00\x08press-01\x00\x02op\x00\x06secret", 32));
    const auto up = line.sink.told(1).ups.front();
    CHECK(up.receive_maximum == 65'535);
    CHECK_FALSE(up.server_keep_alive);
}

TEST_CASE("over 3.1.1 a session that is to be kept is resumed, and another is not") {
    MosquittoProcess broker;
    Line line;
    auto options = old_options(broker.url());
    const bool is_kept = GENERATE(false, true);
    if (is_kept) options.session_expiry = 60s;
    for (const transport::LinkId link : {1U, 2U}) {
        line.transport->open(link, options, line.sink);
        REQUIRE(line.sink.wait_up(link));
        line.transport->close(link);
        REQUIRE(line.sink.wait_down(link));
    }
    CHECK(line.sink.told(2).ups.front().session_present == is_kept);
}

TEST_CASE("over 3.1.1 messages go out, are acknowledged and come back at every QoS") {
    const auto qos = GENERATE(Qos::at_most_once, Qos::at_least_once, Qos::exactly_once);
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, old_options(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->subscribe(1, {{"a/#", qos}, {"b/+", qos}});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.subscribed.size() == 1; }));
    const auto answers = line.sink.told(1).subscribed.front();
    CHECK(std::all_of(answers.begin(), answers.end(), [](const auto& answer) { return answer.ok(); }));
    line.transport->send(1, 1, {"a/x", "one", qos, false});
    line.transport->send(1, 2, {"b/x", "two", qos, false});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.sent.size() == 2 && told.messages.size() == 2; }));
    CHECK(line.sink.told(1).sent.front().second.ok());
    CHECK(line.sink.told(1).messages.front().payload == "one");
}

TEST_CASE("over 3.1.1 a refused filter is told from the granted ones, wherever it stands") {
    const std::string granted("\x90\x03II\x01", 5);
    const std::string refused("\x90\x03II\x80", 5);
    const auto position = GENERATE(as<std::size_t>(), 0, 1, 2);
    std::vector<std::string> subacks(3, granted);
    subacks[position] = refused;
    const auto answers = answers_to({{"a", Qos::at_least_once}, {"b", Qos::at_least_once}, {"c", Qos::at_least_once}}, subacks);
    REQUIRE(answers.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(answers[i].ok() == (i != position));
    CHECK(answers[position].error().code() == Code::rejected);
}

TEST_CASE("over 3.1.1 a message whose connection is lost is not answered") {
    ScriptedBroker broker({{Packet::connect, {connack}}, {Packet::publish, {ScriptedBroker::hang_up}}});
    Line line;
    line.transport->open(1, old_options(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->send(1, 1, {"a", "b", Qos::at_least_once, false});
    REQUIRE(line.sink.wait_down(1));
    CHECK(line.sink.told(1).sent.empty());
}

TEST_CASE("a broker that refuses the version is told apart from one that refuses the client") {
    const auto [answer, refusals] = GENERATE(table<std::string, std::size_t>({{std::string("\x20\x02\x00\x01", 4), 1},
                                                                              {std::string("\x20\x03\x00\x84\x00", 5), 1},
                                                                              {std::string("\x20\x02\x00\x02", 4), 0},
                                                                              {std::string("\x20\x03\x00\x81\x00", 5), 0}}));
    ScriptedBroker broker({{Packet::connect, {answer}}});
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_down(1));
    CHECK(line.sink.told(1).version_refusals == refusals);
    CHECK(line.sink.told(1).order_is_kept);
}

TEST_CASE("over 3.1.1 a refused connection is told by its return code") {
    const auto [return_code, code] = GENERATE(table<char, Code>(
        {{'\x01', Code::rejected}, {'\x02', Code::denied}, {'\x03', Code::unavailable}, {'\x04', Code::denied}, {'\x05', Code::denied}}));
    ScriptedBroker broker({{Packet::connect, {std::string("\x20\x02\x00", 3) + return_code}}});
    Line line;
    line.transport->open(1, old_options(broker.url()), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == code);
    line.transport.reset();
    CHECK(broker.received(Packet::connect).size() == 1);  // And not asked again as 3.1.
}

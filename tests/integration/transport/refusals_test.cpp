// SPDX-License-Identifier: Apache-2.0
// Answers that say no: to the connection, to a message, to a filter.
#include "link.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

namespace {

const std::string connack("\x20\x03\x00\x00\x00", 5);

Result<void> outcome_of_send(const std::string& puback) {
    ScriptedBroker broker({{Packet::connect, {connack}}, {Packet::publish, {puback}}});
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->send(1, 1, {"a", "b", Qos::at_least_once, false});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return !told.sent.empty(); }));
    CHECK(line.sink.told(1).downs.empty());
    return line.sink.told(1).sent.front().second;
}

std::vector<Result<void>> answers_to(const std::vector<transport::Subscription>& filters, const ScriptedBroker::Refused& refused) {
    ScriptedBroker broker({{Packet::connect, {connack}}}, refused);
    return answers_on_link(options_for(broker.url()), filters);
}

}  // namespace

TEST_CASE("a refused connection is told by its reason") {
    const auto [reason, code] = GENERATE(table<char, Code>({{'\x80', Code::rejected},
                                                            {'\x84', Code::rejected},
                                                            {'\x85', Code::denied},
                                                            {'\x86', Code::denied},
                                                            {'\x87', Code::denied},
                                                            {'\x88', Code::unavailable},
                                                            {'\x89', Code::unavailable},
                                                            {'\x8A', Code::denied},
                                                            {'\x8C', Code::denied},
                                                            {'\x97', Code::unavailable},
                                                            {'\x9C', Code::unavailable},
                                                            {'\x9F', Code::unavailable}}));
    ScriptedBroker broker({{Packet::connect, {std::string("\x20\x03\x00", 3) + reason + std::string(1, '\0')}}});
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == code);
    CHECK(line.sink.told(1).ups.empty());
    CHECK(line.sink.told(1).downs.size() == 1);
}

TEST_CASE("a server that answers in MQTT 3.1.1 is understood, and not tried again with an older version") {
    const auto [return_code, code] =
        GENERATE(table<char, Code>({{'\x01', Code::rejected}, {'\x03', Code::unavailable}, {'\x05', Code::denied}}));
    ScriptedBroker broker({{Packet::connect, {std::string("\x20\x02\x00", 3) + return_code}}});
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == code);
    line.transport.reset();
    CHECK(broker.received(Packet::connect).size() == 1);
}

TEST_CASE("Mosquitto's refusal of a wrong password is denied") {
    TemporaryDirectory directory;
    const auto passwords = directory / "passwords";
    REQUIRE(run({"mosquitto_passwd", "-b", "-c", passwords.string(), "op", "right"}) == 0);
    MosquittoProcess broker({"allow_anonymous false", "password_file " + passwords.string()});
    Line line;
    auto options = options_for(broker.url());
    options.username = "op";
    options.password = "wrong";
    line.transport->open(1, options, line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::denied);
    options.password = "right";
    line.transport->open(2, options, line.sink);
    CHECK(line.sink.wait_up(2));
}

TEST_CASE("a message that the broker refuses is told by its reason, and the link goes on") {
    CHECK(outcome_of_send("\x40\x04II\x87" + std::string(1, '\0')).error().code() == Code::denied);
    CHECK(outcome_of_send("\x40\x04II\x97" + std::string(1, '\0')).error().code() == Code::unavailable);
    CHECK(outcome_of_send("\x40\x04II\x99" + std::string(1, '\0')).error().code() == Code::rejected);
}

TEST_CASE("a message that nobody has subscribed to is delivered all the same") {
    CHECK(outcome_of_send("\x40\x04II\x10" + std::string(1, '\0')).ok());  // No matching subscribers (MQTT 5.0, section 3.4.2.1).
    CHECK(outcome_of_send("\x40\x02II").ok());
}

TEST_CASE("each filter of a request has its own answer") {
    const std::string refused = GENERATE("a", "b", "c");
    const auto answers = answers_to({{"a", Qos::at_least_once}, {"b", Qos::at_most_once}, {"c", Qos::exactly_once}}, {{refused, '\x87'}});
    REQUIRE(answers.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(answers[i].ok() == (refused != std::string(1, static_cast<char>('a' + i))));
        if (!answers[i]) CHECK(answers[i].error().code() == Code::denied);
    }
}

TEST_CASE("the refusal of a single filter is its answer") {
    const auto answers = answers_to({{"a", Qos::at_least_once}}, {{"a", '\x8F'}});
    REQUIRE(answers.size() == 1);
    REQUIRE_FALSE(answers[0].ok());
    CHECK(answers[0].error().code() == Code::rejected);
}

TEST_CASE("the refusal of every filter is the answer to each") {
    const auto answers = answers_to({{"a", Qos::at_least_once}, {"b", Qos::at_least_once}}, {{"a", '\x87'}, {"b", '\x97'}});
    REQUIRE(answers.size() == 2);
    REQUIRE_FALSE(answers[0].ok());
    REQUIRE_FALSE(answers[1].ok());
    CHECK(answers[0].error().code() == Code::denied);
    CHECK(answers[1].error().code() == Code::unavailable);
}

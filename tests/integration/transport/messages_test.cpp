// SPDX-License-Identifier: Apache-2.0
// Messages out and in, and the broker's answers to them.
#include "base/message_properties.hpp"
#include "link.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

namespace {

bool all_sent(const RecordingSink::Told& told, std::size_t count) {
    return told.sent.size() == count;
}

}  // namespace

TEST_CASE("every message that is sent is answered once, under its own number") {
    const auto qos = GENERATE(Qos::at_most_once, Qos::at_least_once, Qos::exactly_once);
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    constexpr transport::SendId first = 0x1'0000'0000'0000;  // Numbers of an outbox that has lived long.
    constexpr std::size_t count = 20;
    for (std::size_t i = 0; i < count; ++i) line.transport->send(1, first + i, {"a/b", std::to_string(i), qos, false});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return all_sent(told, count); }));
    std::vector<transport::SendId> ids;
    for (const auto& [id, outcome] : line.sink.told(1).sent) {
        CHECK(outcome.ok());
        ids.push_back(id);
    }
    std::sort(ids.begin(), ids.end());
    for (std::size_t i = 0; i < count; ++i) CHECK(ids[i] == first + i);
}

TEST_CASE("a subscriber gets the bytes that were published, and knows what was retained") {
    MosquittoProcess broker;
    REQUIRE(mosquitto_pub(broker, {"-r", "-t", "conf/rate", "-m", "5"}) == 0);
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->subscribe(1, {{"conf/#", Qos::at_least_once}, {"cmd/+", Qos::exactly_once}});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.subscribed.size() == 1; }));
    const auto answers = line.sink.told(1).subscribed.front();
    REQUIRE(answers.size() == 2);
    CHECK(answers[0].ok());
    CHECK(answers[1].ok());
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.messages.size() == 1; }));

    const std::string bytes("a\0b\xFF", 4);
    line.transport->send(1, 1, {"cmd/raw", bytes, Qos::at_least_once, false});
    line.transport->send(1, 2, {"cmd/empty", "", Qos::at_least_once, false});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.messages.size() == 3; }));
    const auto messages = line.sink.told(1).messages;
    CHECK(messages[0].topic == "conf/rate");
    CHECK(messages[0].payload == "5");
    CHECK(messages[0].retain);
    CHECK(messages[1].topic == "cmd/raw");
    CHECK(messages[1].payload == bytes);
    CHECK(messages[1].qos == Qos::at_least_once);
    CHECK_FALSE(messages[1].retain);
    CHECK(messages[2].payload.empty());
}

TEST_CASE("what is left of a message's life travels with it") {
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->subscribe(1, {{"ttl/#", Qos::at_least_once}});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.subscribed.size() == 1; }));
    Message message{"ttl/short", "x", Qos::at_least_once, false};
    message.expires_after = std::chrono::seconds(1'000);
    line.transport->send(1, 1, message);
    message.topic = "ttl/longest";
    constexpr std::int64_t above_int32 = 0x9000'0000;
    message.expires_after = std::chrono::seconds(above_int32);
    line.transport->send(1, 2, message);
    line.transport->send(1, 3, {"ttl/forever", "x", Qos::at_least_once, false});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.messages.size() == 3; }));
    const auto messages = line.sink.told(1).messages;
    const auto left = [&](std::size_t i) { return messages[i].expires_after.value_or(std::chrono::seconds(0)).count(); };
    // The broker takes off what the message spent with it.
    CHECK((left(0) > 900 && left(0) <= 1'000));
    CHECK((left(1) > above_int32 - 100 && left(1) <= above_int32));
    CHECK_FALSE(messages[2].expires_after);
}

TEST_CASE("properties arrive as they were sent, and over MQTT 3.1.1 the message arrives without them") {
    MosquittoProcess broker;
    Line line;
    auto options = options_for(broker.url());
    options.protocol = GENERATE(Protocol::mqtt5, Protocol::mqtt311);
    line.transport->open(1, options, line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->subscribe(1, {{"p", Qos::at_least_once}});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.subscribed.size() == 1; }));
    MessageProperties properties;
    properties.user = {{"unit", "°C"}, {"unit", ""}, {"", "of no name"}};
    properties.content_type = "text/plain";
    properties.response_topic = "answer/here";
    properties.correlation_data = std::string("\0\xFF#", 3);
    properties.is_utf8 = true;
    Message message{"p", "20", Qos::at_least_once, false};
    message.properties = std::make_shared<const MessageProperties>(properties);
    line.transport->send(1, 1, message);
    line.transport->send(1, 2, {"p", "", Qos::at_least_once, false});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.messages.size() == 2; }));
    const auto messages = line.sink.told(1).messages;
    CHECK_FALSE(messages[1].properties);
    if (options.protocol == Protocol::mqtt311) {
        CHECK_FALSE(messages[0].properties);
        return;
    }
    REQUIRE(messages[0].properties);
    CHECK(base::encode(*messages[0].properties) == base::encode(properties));
}

TEST_CASE("a message's id travels with it") {
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->subscribe(1, {{"a", Qos::at_least_once}});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.subscribed.size() == 1; }));
    Message message{"a", "x", Qos::at_least_once, false};
    line.transport->send(1, 1, message);
    message.message_id = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
    message.expires_after = std::chrono::seconds(1'000);
    line.transport->send(1, 2, message);
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.messages.size() == 2; }));
    const auto messages = line.sink.told(1).messages;
    CHECK(messages[0].message_id.empty());
    CHECK(messages[1].message_id == message.message_id);
    CHECK(messages[1].expires_after);
    static_assert(transport::message_id_bytes == 51);
}

TEST_CASE("a large message goes through in both directions") {
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->subscribe(1, {{"big", Qos::at_least_once}});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.subscribed.size() == 1; }));
    const std::string payload(1 << 20, 'x');
    line.transport->send(1, 1, {"big", payload, Qos::at_least_once, false});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.messages.size() == 1 && told.sent.size() == 1; }));
    CHECK(line.sink.told(1).messages.front().payload == payload);
}

TEST_CASE("a message that Paho will not take is refused alone, and the link goes on") {
    MosquittoProcess broker;
    Line line;
    line.transport->open(1, options_for(broker.url()), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->send(1, 1, {"not UTF-8 \xC3\x28", "", Qos::at_least_once, false});
    line.transport->send(1, 2, {"good", "", Qos::at_least_once, false});
    REQUIRE(line.sink.wait(1, [](const auto& told) { return told.sent.size() == 2; }));
    const auto sent = line.sink.told(1).sent;
    CHECK(sent[0].first == 1);
    REQUIRE_FALSE(sent[0].second.ok());
    CHECK(sent[0].second.error().code() == Code::rejected);
    CHECK(sent[1].second.ok());
    CHECK(line.sink.told(1).downs.empty());
}

// SPDX-License-Identifier: Apache-2.0
// What accompanies a payload, from one device to another, and through a restart.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

namespace {

MessageProperties some_properties() {
    MessageProperties properties;
    properties.user = {{"unit", "bar"}, {"line", "7"}};
    properties.content_type = "text/plain";
    properties.response_topic = "answer/7";
    properties.correlation_data = std::string("a\0b", 3);
    properties.is_utf8 = true;
    return properties;
}

bool are_those(const Message& message) {
    const auto& properties = message.properties;
    return properties && properties->user.size() == 2 && *properties->user_value("unit") == "bar" &&
           *properties->user_value("line") == "7" && properties->content_type == "text/plain" && properties->response_topic == "answer/7" &&
           properties->correlation_data == std::string("a\0b", 3) && properties->is_utf8;
}

}  // namespace

TEST_CASE("properties survive a restart of the device, and a topic root is hidden in the response topic") {
    const TemporaryDirectory directory;
    MosquittoProcess broker;
    auto config = config_for(broker.url(), directory / "outbox.db");
    config.topic_root = "d/{client_id}";
    const auto durability = GENERATE(Durability::process, Durability::disk);
    {
        auto device = open_device(config);
        PublishOptions options;
        options.durability = durability;
        REQUIRE(device->publish("data", "5", some_properties(), options));
        CHECK(device->status().outbox.waiting_bytes == 4 + 1 + 54);
    }
    auto reader_config = config_for(broker.url());
    reader_config.client_id = "reader";
    auto reader = open_device(std::move(reader_config));
    Collected<Message> read;
    REQUIRE(reader->subscribe("d/press-01/#", Qos::at_least_once, [&](const Message& message) { read.add(message); }));
    REQUIRE(reader->start());
    REQUIRE(reader->wait_subscribed(20s));

    auto device = open_device(config);
    CHECK(device->status().outbox.waiting_bytes == 4 + 1 + 54);
    Collected<Message> own;
    REQUIRE(device->subscribe("data", Qos::at_least_once, [&](const Message& message) { own.add(message); }));
    REQUIRE(device->start());
    REQUIRE(own.wait_for_count(1));
    CHECK(own.values()[0].topic == "data");
    CHECK(are_those(own.values()[0]));
    REQUIRE(read.wait_for_count(1));
    REQUIRE(read.values()[0].properties);
    CHECK(read.values()[0].properties->response_topic == "d/press-01/answer/7");
    reader->stop(5s);
    device->stop(5s);
}

TEST_CASE("a message with properties is not made part of a batch, and keeps its place") {
    MosquittoProcess broker;
    auto config = config_for(broker.url());
    TopicClass readings;
    readings.filter = "#";
    readings.options.durability = Durability::memory;
    readings.batch = BatchPolicy{};
    config.classes = {readings};
    auto device = open_device(std::move(config));
    Collected<Message> read;
    REQUIRE(device->subscribe("data", Qos::at_least_once, [&](const Message& message) { read.add(message); }));
    const auto publish = [&](std::uint64_t number) { return device->publish("data", Reading{{}, number, {{"x", 1}}}).ok(); };
    REQUIRE((publish(1) && publish(2)));
    REQUIRE(device->publish("data", R"({"t":1,"n":3,"v":{"x":1}})", some_properties()));
    REQUIRE((publish(4) && publish(5)));
    REQUIRE(device->start());
    REQUIRE(device->wait_drained(20s));
    REQUIRE(read.wait_for_count(3));
    const auto values = read.values();
    CHECK_FALSE(values[0].properties);
    CHECK(are_those(values[1]));
    CHECK_FALSE(values[2].properties);
    device->stop(5s);
}

TEST_CASE("properties that no broker would take are refused, and nothing is stored") {
    MosquittoProcess broker;
    const auto device = open_device(config_for(broker.url()));
    auto properties = some_properties();
    properties.response_topic = "answer/#";
    CHECK(device->publish("data", "5", properties).error().code() == Code::invalid_argument);
    properties = some_properties();
    properties.user.push_back({"big", std::string(65'535, 'x')});
    CHECK(device->publish("data", "5", properties).error().code() == Code::too_large);
    CHECK(device->status().outbox.accepted == 0);
}

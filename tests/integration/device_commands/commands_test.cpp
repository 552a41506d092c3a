// SPDX-License-Identifier: Apache-2.0
// A tenant's application commands one of its devices, and nobody else hears of it.
#include "integration/faults/application.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

const std::string correlation("7\0x", 3);

MessageProperties asking_for(const std::string& response_topic) {
    MessageProperties properties;
    properties.user = {{"who", "operator"}};
    properties.content_type = "text/plain";
    properties.response_topic = response_topic;
    properties.correlation_data = correlation;
    properties.is_utf8 = true;
    return properties;
}

// A device that serves all its commands, and hears what else comes to it.
struct Served {
    Served(const FaultyBroker& broker, const std::string& id) {
        REQUIRE(broker.enroll(id));
        auto config = config_for(broker->addresses().mqtts_url);
        config.client_id.clear();
        config.identity_dir = broker.identity(id);
        device = open_device(std::move(config));
        REQUIRE(device->serve("command/+", [requests = requests](const Message& request) {
            requests->add(request);
            Answer answer{"done: " + request.payload};
            answer.properties.user = {{"unit", "bar"}};
            return answer;
        }));
        REQUIRE(device->start());
        REQUIRE(device->wait_subscribed(20s));
    }
    std::shared_ptr<Collected<Message>> requests = std::make_shared<Collected<Message>>();
    std::unique_ptr<Device> device;
};

struct Stage {
    Stage() {
        REQUIRE(dash->subscribe("#", Qos::at_least_once, [heard = heard](const Message& message) {
            if (message.topic.find("command/") == std::string::npos) heard->add(message);
        }));
        REQUIRE(dash->start());
        REQUIRE(dash->wait_subscribed(20s));
    }
    TemporaryDirectory directory;
    FaultyBroker broker;
    std::shared_ptr<Collected<Message>> heard = std::make_shared<Collected<Message>>();  // All but commands.
    std::unique_ptr<Device> dash = open_device(application_of(broker, directory));
    Served press{broker, "press-01"};
    Served other{broker, "press-02"};
};

}  // namespace

TEST_CASE("a command comes to its device as one of its own topics, with all its properties, and its answer comes back") {
    Stage stage;
    REQUIRE(stage.dash->publish("press-01/command/valve", "open", asking_for("press-01/answer/7")));
    REQUIRE(stage.heard->wait_for_count(1));
    const auto requests = stage.press.requests->values();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].topic == "command/valve");
    CHECK(requests[0].payload == "open");
    REQUIRE(requests[0].properties);
    CHECK(requests[0].properties->response_topic == "answer/7");
    CHECK(requests[0].properties->correlation_data == correlation);
    CHECK(requests[0].properties->content_type == "text/plain");
    CHECK(requests[0].properties->is_utf8);
    CHECK(*requests[0].properties->user_value("who") == "operator");
    const auto answer = stage.heard->values()[0];
    CHECK(answer.topic == "press-01/answer/7");
    CHECK(answer.payload == "done: open");
    REQUIRE(answer.properties);
    CHECK(answer.properties->correlation_data == correlation);
    CHECK(*answer.properties->user_value("unit") == "bar");
    CHECK_FALSE(answer.message_id.empty());
    CHECK(stage.other.requests->values().empty());
}

TEST_CASE("a command cannot make a device answer outside of its own topics") {
    Stage stage;
    for (const char* topic : {"answer/7", "press-02/command/valve"}) {
        REQUIRE(stage.dash->publish("press-01/command/valve", topic, asking_for(topic)));
    }
    REQUIRE(stage.dash->publish("press-01/command/valve", "last", asking_for("press-01/answer/7")));
    REQUIRE(stage.heard->wait_for_count(1));
    CHECK(stage.heard->values()[0].payload == "done: last");
    const auto requests = stage.press.requests->values();
    REQUIRE(requests.size() == 3);
    for (std::size_t i = 0; i < 2; ++i) {
        REQUIRE(requests[i].properties);
        CHECK(requests[i].properties->response_topic.empty());
        CHECK(requests[i].properties->correlation_data == correlation);
    }
    CHECK(stage.other.requests->values().empty());
}

TEST_CASE("a device asks, the tenant's application answers, and no other device's question is mixed up with it") {
    Stage stage;
    REQUIRE(stage.dash->serve("+/ask/shift", [](const Message& request) { return Answer{"to " + request.topic}; }));
    REQUIRE(stage.dash->wait_subscribed(20s));
    Collected<std::string> answers;
    const auto ask = [&](Device& device) {
        return device.request("ask/shift", "which?", 20s, [&](const Result<Message>& answer) {
            answers.add(answer ? answer->payload : std::string(name_of(answer.error().code())));
        });
    };
    REQUIRE(ask(*stage.press.device));
    REQUIRE(answers.wait_for_count(1));
    REQUIRE(ask(*stage.other.device));
    REQUIRE(answers.wait_for_count(2));
    CHECK(answers.values() == std::vector<std::string>{"to press-01/ask/shift", "to press-02/ask/shift"});
    stage.press.device->stop(5s);
    stage.other.device->stop(5s);
}

}  // namespace muster::test

// SPDX-License-Identifier: Apache-2.0
// Requests and answers between devices.
#include "devices.hpp"
#include "support/mosquitto_process.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace muster;
using namespace muster::test;

namespace {

DeviceConfig named(const MosquittoProcess& broker, const std::string& name) {
    auto config = config_for(broker.url());
    config.client_id = name;
    return config;
}

std::string text_of(const Result<Message>& response) {
    return response ? response->payload : std::string(name_of(response.error().code()));
}

}  // namespace

TEST_CASE("a request gets the answer of whoever serves its topic") {
    MosquittoProcess broker;
    const auto* const root = GENERATE("", "site/7");
    auto server_config = named(broker, "valve");
    auto client_config = named(broker, "panel");
    server_config.topic_root = client_config.topic_root = root;
    auto server = open_device(std::move(server_config));
    REQUIRE(server->serve("valve/+", [](const Message& request) -> std::optional<Answer> {
        if (request.payload == "silence") return std::nullopt;
        if (request.payload == "throw") throw std::runtime_error("no such valve");
        Answer answer{"done: " + request.payload};
        answer.properties.user = {{"topic", request.topic}};
        answer.properties.correlation_data = "is replaced";
        return answer;
    }));
    REQUIRE(server->start());
    REQUIRE(server->wait_subscribed(20s));
    auto client = open_device(std::move(client_config));
    REQUIRE(client->start());
    Collected<std::string> answers;
    for (const char* payload : {"open", "close"}) {
        REQUIRE(client->request("valve/1", payload, 20s, [&](const Result<Message>& response) {
            answers.add(text_of(response));
            if (response) answers.add(*response->properties->user_value("topic"));
        }));
    }
    REQUIRE(answers.wait_for_count(4));
    CHECK(answers.values() == std::vector<std::string>{"done: open", "valve/1", "done: close", "valve/1"});
    for (const char* payload : {"silence", "throw"}) {
        REQUIRE(client->request("valve/1", payload, 300ms, [&](const Result<Message>& response) { answers.add(text_of(response)); }));
    }
    REQUIRE(answers.wait_for_count(6));
    CHECK(answers.values()[4] == "timeout");
    CHECK(answers.values()[5] == "timeout");
    REQUIRE(client->request("nobody/1", "x", 1h, [&](const Result<Message>& response) { answers.add(text_of(response)); }));
    client->stop(5s);
    CHECK(answers.values().back() == "stopped");
    CHECK(client->request("valve/1", "x", 1s, [](const auto&) {}).error().code() == Code::stopped);
    server->stop(5s);
}

TEST_CASE("a request that cannot be made is refused at once, and its handler is not called") {
    MosquittoProcess broker;
    const auto device = open_device(named(broker, "panel"));
    const auto never = [](const Result<Message>&) { FAIL("called"); };
    CHECK(device->request("valve/+", "x", 1s, never).error().code() == Code::invalid_argument);
    CHECK(device->request("valve/1", "x", 0ms, never).error().code() == Code::invalid_argument);
    CHECK(device->request("valve/1", "x", 25h, never).error().code() == Code::invalid_argument);
    CHECK(device->request("valve/1", "x", 1s, {}).error().code() == Code::invalid_argument);
    CHECK(device->serve("valve/#/x", [](const Message&) { return std::nullopt; }).error().code() == Code::invalid_argument);
    CHECK(device->serve("valve/1", {}).error().code() == Code::invalid_argument);
}

TEST_CASE("a request made without a connection times out without one, and is not sent later") {
    MosquittoProcess broker;
    broker.kill();
    auto device = open_device(named(broker, "panel"));
    REQUIRE(device->start());
    Collected<std::string> answers;
    REQUIRE(device->request("valve/1", "open", 500ms, [&](const Result<Message>& response) { answers.add(text_of(response)); }));
    REQUIRE(answers.wait_for_count(1));
    CHECK(answers.values().front() == "timeout");
    device->stop(0ms);
}

TEST_CASE("an answer is in the outbox before its request is acknowledged, and survives the process") {
    MosquittoProcess broker;
    const TemporaryDirectory directory;
    auto config = named(broker, "valve");
    config.outbox_path = directory / "outbox.db";
    {
        auto server = open_device(config);
        REQUIRE(server->serve("valve/2", [&](const Message& request) {
            broker.kill();
            return Answer{"done: " + request.payload};
        }));
        REQUIRE(server->start());
        REQUIRE(server->wait_subscribed(20s));
        States states(*server);
        // The request's publisher is not told either: the broker is gone.
        mosquitto_pub(broker, {"-V", "mqttv5", "-q", "0", "-t", "valve/2", "-m", "open", "-D", "publish", "response-topic", "answer/2",
                               "-D", "publish", "correlation-data", "7"});
        REQUIRE(states.wait(ConnectionState::waiting));
        CHECK(server->stop(0ms).outbox.waiting == 1);
    }
    broker.start();
    auto next_life = open_device(config);
    REQUIRE(next_life->start());
    REQUIRE(next_life->wait_drained(20s));
    CHECK(next_life->status().outbox.delivered == 1);
    next_life->stop(5s);
}

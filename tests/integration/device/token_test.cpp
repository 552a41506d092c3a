// SPDX-License-Identifier: Apache-2.0
// Passwords that do not last.
#include "base/files.hpp"
#include "devices.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <stdexcept>

using namespace muster;
using namespace muster::test;

namespace {

const std::string connack("\x20\x03\x00\x00\x00", 5);

DeviceConfig with_token(const std::string& url, TokenSource token) {
    auto config = config_for(url);
    config.username = "jwt";
    config.token = std::move(token);
    return config;
}

// The password is the last field of a CONNECT.
bool has_password(const std::string& connect, const std::string& password) {
    const std::string field = std::string(1, '\0') + static_cast<char>(password.size()) + password;
    return connect.size() > field.size() && connect.substr(connect.size() - field.size()) == field;
}

}  // namespace

TEST_CASE("a token is asked for with every connection") {
    ScriptedBroker broker({{Packet::connect, {connack}}, {Packet::publish, {ScriptedBroker::hang_up}}});
    const auto asked = std::make_shared<std::atomic<int>>(0);
    auto device = open_device(with_token(broker.url(), [asked] { return Token{"token-" + std::to_string(++*asked)}; }));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    REQUIRE(device->publish("a", "b"));
    REQUIRE(states.wait(ConnectionState::connected, 2));
    const auto connects = broker.received(Packet::connect);
    REQUIRE(connects.size() >= 2);
    CHECK(has_password(connects[0], "token-1"));
    CHECK(has_password(connects[1], "token-2"));
}

TEST_CASE("a password file is read again with every connection") {
    ScriptedBroker broker({{Packet::connect, {connack}}, {Packet::publish, {ScriptedBroker::hang_up}}});
    const TemporaryDirectory directory;
    const auto write = [&](const std::string& password) {
        REQUIRE(base::store_file(directory / "password", password + "\n", base::Access::owner_only, base::Existing::replace));
    };
    write("old");
    auto config = config_for(broker.url());
    config.username = "op";
    config.password_file = directory / "password";
    auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    write("new");
    REQUIRE(device->publish("a", "b"));
    REQUIRE(states.wait(ConnectionState::connected, 2));
    const auto connects = broker.received(Packet::connect);
    CHECK(has_password(connects[0], "old"));
    CHECK(has_password(connects[1], "new"));
}

TEST_CASE("before its token expires a device connects anew, properly, and loses nothing of what is on its way") {
    MosquittoProcess broker;
    MosquittoSubscriber subscriber(broker, "data/#");
    const auto asked = std::make_shared<std::atomic<int>>(0);
    auto device = open_device(with_token(broker.url(), [asked] {
        ++*asked;
        return Token{"token", 2s};
    }));
    REQUIRE(device->start());
    std::vector<std::string> expected;
    while (device->status().connects < 3) {
        const std::string payload = std::to_string(expected.size());
        REQUIRE(device->publish("data/n", payload));
        expected.push_back("data/n " + payload);
        REQUIRE(device->wait_drained(20s));
    }
    CHECK(*asked >= 3);
    CHECK(device->status().disconnects == 0);
    device->stop(10s);
    CHECK(subscriber.collect() == expected);
}

TEST_CASE("a token that cannot be had ends the attempt, with the reason, and is asked for again") {
    ScriptedBroker broker({{Packet::connect, {connack}}});
    const auto asked = std::make_shared<std::atomic<int>>(0);
    auto device = open_device(with_token(broker.url(), [asked]() -> Result<Token> {
        if (++*asked == 1) return Error{Code::unavailable, "the identity provider is away"};
        if (*asked == 2) throw std::runtime_error("oops");
        return Token{"token"};
    }));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::connected));
    std::vector<std::string> reasons;
    for (const auto& [state, status] : states.seen()) {
        if (state == ConnectionState::waiting) reasons.push_back(status.last_error->message());
    }
    CHECK(reasons == std::vector<std::string>{"token: the identity provider is away", "the token's source threw: oops"});
    CHECK(broker.received(Packet::connect).size() == 1);
}

TEST_CASE("a source that hangs costs the attempt its time-out, and the late token goes nowhere") {
    ScriptedBroker broker({{Packet::connect, {connack}}});
    Collected<int> released;
    const auto asked = std::make_shared<std::atomic<int>>(0);
    auto config = with_token(broker.url(), [asked, &released] {
        if (++*asked == 1) released.wait_for_count(1);
        return Token{"token-" + std::to_string(*asked)};
    });
    config.connect_timeout = 200ms;
    auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::waiting));
    CHECK(device->status().last_error->code() == Code::timeout);
    CHECK(broker.received(Packet::connect).empty());
    released.add(1);
    CHECK(states.wait(ConnectionState::connected));
}

TEST_CASE("a token needs a user name, and no password file beside it") {
    auto config = with_token("mqtt://127.0.0.1:1", [] { return Token{"t"}; });
    config.username.clear();
    CHECK(Device::open(config).error().code() == Code::invalid_argument);
    config.username = "jwt";
    config.password_file = "password";
    CHECK(Device::open(config).error().code() == Code::invalid_argument);
}

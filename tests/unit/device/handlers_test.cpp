// SPDX-License-Identifier: Apache-2.0
// User functions: called in order, by filter, and survived when they throw.
#include "device/handlers.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <vector>

namespace muster::test {
namespace {

Message message(const std::string& topic) {
    return {topic, "x", Qos::at_most_once, false};
}

}  // namespace

TEST_CASE("a message goes to every handler whose filter matches, in the order of arrival") {
    std::vector<std::string> calls;
    device::Handlers handlers({});
    handlers.set_message_handler("a/#", [&](const Message& received) { calls.push_back("a " + received.topic); });
    handlers.set_message_handler("$share/group/b", [&](const Message& received) { calls.push_back("shared " + received.topic); });
    handlers.start();
    for (const auto* topic : {"a/1", "b", "c", "a/2"}) handlers.deliver(message(topic));
    handlers.stop();
    CHECK(calls == std::vector<std::string>{"a a/1", "shared b", "a a/2"});
}

TEST_CASE("a handler that throws is logged, and the next message is delivered") {
    std::vector<std::string> log;
    int calls = 0;
    device::Handlers handlers([&](LogLevel, std::string_view line) { log.emplace_back(line); });
    handlers.set_message_handler("a", [&](const Message&) {
        ++calls;
        if (calls == 1) throw std::runtime_error("oops");
        if (calls == 2) throw 7;
    });
    handlers.start();
    for (int i = 0; i < 3; ++i) handlers.deliver(message("a"));
    handlers.stop();
    CHECK(calls == 3);
    CHECK(log == std::vector<std::string>{"a message handler threw: oops", "a message handler threw something that is no std::exception"});
}

TEST_CASE("a second handler for a filter replaces the first") {
    int first = 0;
    int second = 0;
    device::Handlers handlers({});
    handlers.set_message_handler("a", [&](const Message&) { ++first; });
    handlers.set_message_handler("a", [&](const Message&) { ++second; });
    handlers.start();
    handlers.deliver(message("a"));
    handlers.stop();
    CHECK(first == 0);
    CHECK(second == 1);
}

}  // namespace muster::test

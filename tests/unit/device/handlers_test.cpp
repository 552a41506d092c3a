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

Message with_id(char last) {
    Message made = message("a");
    made.message_id = std::string("017f22e2-79b0-7cc3-98c4-dc0c0c07398") + last;
    return made;
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

TEST_CASE("a message whose id has come before says so, and so far back as ids are remembered") {
    InboxConfig config;
    config.remembered_ids = 2;
    std::string calls;
    device::Handlers handlers({}, config);
    handlers.set_message_handler("#", [&](const Message& received) { calls += received.is_duplicate ? 'D' : 'n'; });
    handlers.start();
    for (const char last : {'1', '2', '1', '3', '1', '1'}) handlers.deliver(with_id(last));
    handlers.deliver(message("a"));
    handlers.deliver(message("a"));
    handlers.stop();
    CHECK(calls == "nnDnnDnn");
    CHECK(handlers.counts().handled == 8);
}

TEST_CASE("duplicates are dropped and counted where that is asked for, the copies for several subscriptions are not") {
    InboxConfig config;
    config.drop_duplicates = true;
    std::string calls;
    device::Handlers handlers({}, config);
    handlers.set_message_handler(
        "#", [&](const Message&) { calls += '#'; }, 1);
    handlers.set_message_handler(
        "a", [&](const Message&) { calls += 'a'; }, 2);
    handlers.start();
    for (int i = 0; i < 2; ++i) {
        handlers.deliver(with_id('1'), {1});
        handlers.deliver(with_id('1'), {2});
    }
    handlers.stop();
    CHECK(calls == "#a");
    const auto counts = handlers.counts();
    CHECK(counts.handled == 2);
    CHECK(counts.dropped_duplicate == 2);
    CHECK(counts.received == 4);
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

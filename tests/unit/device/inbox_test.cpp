// SPDX-License-Identifier: Apache-2.0
// What waits for its handler is bounded and counted, and an acknowledgement waits for it.
#include "device/handlers.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <thread>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

Message message(Qos qos, const std::string& payload = "x") {
    return {"a", payload, qos, false};
}

/// Handlers of which one waits until it may return.
struct Slow {
    explicit Slow(const InboxConfig& config) : handlers({}, config) {
        handlers.set_message_handler("a", [this](const Message&) {
            ++begun;
            may_return.get_future().wait();
            may_return = {};
            ++ended;
        });
        handlers.start();
    }
    std::promise<void> may_return;
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    device::Handlers handlers;
};

InboxConfig config_of(std::uint32_t max_messages, std::chrono::milliseconds patience) {
    InboxConfig config;
    config.max_messages = max_messages;
    config.acknowledge_within = patience;
    return config;
}

}  // namespace

TEST_CASE("a message of QoS 1 or 2 is waited for until its handler has returned") {
    Slow slow(config_of(10, 20s));
    std::thread handler([&] {
        while (slow.begun == 0) std::this_thread::yield();
        slow.may_return.set_value();
    });
    slow.handlers.deliver(message(Qos::at_least_once));
    CHECK(slow.ended == 1);
    handler.join();
    const auto counts = slow.handlers.counts();
    CHECK(counts.handled == 1);
    CHECK(counts.acknowledged_early == 0);
    CHECK(counts.waiting == 0);
}

TEST_CASE("a handler that takes too long is not waited for any longer, and that is counted") {
    Slow slow(config_of(10, 1ms));
    slow.handlers.deliver(message(Qos::exactly_once));
    CHECK(slow.ended == 0);
    CHECK(slow.handlers.counts().acknowledged_early == 1);
    CHECK(slow.handlers.counts().waiting == 1);
    slow.may_return.set_value();
    slow.handlers.stop();
    CHECK(slow.handlers.counts().handled == 1);
}

TEST_CASE("a stop waits for no handler, whatever the patience") {
    Slow slow(config_of(10, 60s));
    auto delivered = std::async(std::launch::async, [&] { slow.handlers.deliver(message(Qos::at_least_once)); });
    while (slow.begun == 0) std::this_thread::yield();
    slow.handlers.release();
    CHECK(delivered.wait_for(20s) == std::future_status::ready);
    slow.may_return.set_value();
}

TEST_CASE("what does not fit is dropped and counted: at QoS 0 at once, otherwise after the patience") {
    Slow slow(config_of(3, 1ms));
    for (int i = 0; i < 5; ++i) slow.handlers.deliver(message(Qos::at_most_once));
    auto counts = slow.handlers.counts();
    CHECK(counts.waiting == 3);
    CHECK(counts.dropped_full == 2);
    slow.handlers.deliver(message(Qos::at_least_once));
    counts = slow.handlers.counts();
    CHECK(counts.dropped_full == 3);
    CHECK(counts.received == counts.handled + counts.unhandled + counts.dropped_full + counts.waiting);
    slow.handlers.set_message_handler("a", [](const Message&) {});
    slow.may_return.set_value();
    slow.handlers.stop();
    counts = slow.handlers.counts();
    CHECK(counts.handled == 3);
    CHECK(counts.waiting == 0);
}

TEST_CASE("the bytes that wait are bounded, too, but for a single message") {
    InboxConfig config = config_of(10, 1ms);
    config.max_bytes = 65'536;
    Slow slow(config);
    slow.handlers.deliver(message(Qos::at_most_once, std::string(100'000, 'x')));
    slow.handlers.deliver(message(Qos::at_most_once));
    CHECK(slow.handlers.counts().waiting == 1);
    CHECK(slow.handlers.counts().dropped_full == 1);
    slow.may_return.set_value();
}

TEST_CASE("a message that no handler is for is counted as such") {
    device::Handlers handlers({});
    handlers.start();
    handlers.deliver(message(Qos::at_most_once));
    handlers.stop();
    CHECK(handlers.counts().unhandled == 1);
}

TEST_CASE("a copy for one of several subscriptions goes to the handler of that one alone") {
    std::string calls;
    device::Handlers handlers({});
    handlers.set_message_handler(
        "a", [&](const Message&) { calls += "a"; }, 1);
    handlers.set_message_handler(
        "#", [&](const Message&) { calls += "#"; }, 2);
    handlers.set_message_handler(
        "+", [&](const Message&) { calls += "+"; }, 3);
    handlers.start();
    for (const auto& subscriptions : std::vector<std::vector<std::uint32_t>>{{2}, {1}, {3, 1}, {}, {77}}) {
        handlers.deliver(message(Qos::at_most_once), subscriptions);
        handlers.post([&] { calls += " "; });
    }
    handlers.stop();
    CHECK(calls == "# a a+ a#+ a#+ ");
}

TEST_CASE("no call of a handler begins once it is removed, also from a handler") {
    std::string calls;
    device::Handlers handlers({});
    handlers.set_message_handler("a", [&](const Message&) {
        calls += "1";
        CHECK(handlers.remove_message_handler("#"));
        CHECK_FALSE(handlers.remove_message_handler("#"));
        CHECK(handlers.remove_message_handler("a"));
    });
    handlers.set_message_handler("#", [&](const Message&) { calls += "2"; });
    handlers.start();
    for (int i = 0; i < 2; ++i) handlers.deliver(message(Qos::at_most_once));
    handlers.stop();
    CHECK(calls == "1");
}

}  // namespace muster::test

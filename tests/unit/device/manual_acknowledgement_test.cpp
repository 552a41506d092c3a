// SPDX-License-Identifier: Apache-2.0
// A message whose handler acknowledges by hand is waited for until it has, and the inbox's account holds at every step.
#include "device/handlers.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

Message message(Qos qos = Qos::at_least_once) {
    return {"a", "x", qos, false};
}

InboxConfig patient(std::chrono::milliseconds patience) {
    InboxConfig config;
    config.acknowledge_within = patience;
    return config;
}

bool adds_up(const InboxCounts& counts) {
    return counts.received == counts.handled + counts.unhandled + counts.dropped_full + counts.dropped_duplicate + counts.waiting;
}

/// Handlers of which "a" leaves its acknowledgement to the test.
struct ByHand {
    explicit ByHand(std::chrono::milliseconds patience)
        : handlers(
              std::make_unique<device::Handlers>([this](LogLevel, std::string_view line) { log.emplace_back(line); }, patient(patience))) {
        handlers->set_message_handler("a",
                                      ManualHandler([this](const Message&, Acknowledgement given) { came.set_value(std::move(given)); }));
        handlers->start();
    }
    /// Delivers on another thread, as the transport does.
    std::future<void> deliver(Qos qos = Qos::at_least_once) {
        return std::async(std::launch::async, [this, qos] { handlers->deliver(message(qos)); });
    }
    /// Waits until the handlers of what was delivered before have returned.
    void await_handlers() {
        std::promise<void> done;
        handlers->post([&] { done.set_value(); });
        done.get_future().wait();
    }
    [[nodiscard]] InboxCounts counts() const { return handlers->counts(); }

    std::promise<Acknowledgement> came;
    std::vector<std::string> log;
    std::unique_ptr<device::Handlers> handlers;
};

bool is_done(const std::future<void>& future) {
    return future.wait_for(0s) == std::future_status::ready;
}

}  // namespace

TEST_CASE("a message that is acknowledged by hand is waited for until it is, and counts as waiting until then") {
    ByHand by_hand(60s);
    auto delivered = by_hand.deliver(GENERATE(Qos::at_least_once, Qos::exactly_once));
    const auto acknowledgement = by_hand.came.get_future().get();
    by_hand.await_handlers();
    CHECK_FALSE(is_done(delivered));
    CHECK(by_hand.counts().waiting == 1);
    CHECK(by_hand.counts().handled == 0);
    CHECK(adds_up(by_hand.counts()));
    acknowledgement.acknowledge();
    delivered.wait();
    CHECK(by_hand.counts().handled == 1);
    CHECK(by_hand.counts().waiting == 0);
    CHECK(by_hand.counts().acknowledged_early == 0);
    acknowledgement.acknowledge();  // As one likes.
    CHECK(by_hand.counts().handled == 1);
    CHECK(by_hand.log.empty());
}

TEST_CASE("a handler that acknowledges by hand is waited for nevertheless") {
    device::Handlers handlers({}, patient(60s));
    std::promise<void> given;
    std::promise<void> may_return;
    handlers.set_message_handler("a", ManualHandler([&](const Message&, const Acknowledgement& acknowledgement) {
                                     acknowledgement.acknowledge();
                                     given.set_value();
                                     may_return.get_future().wait();
                                 }));
    handlers.start();
    auto delivered = std::async(std::launch::async, [&] { handlers.deliver(message()); });
    given.get_future().wait();
    CHECK_FALSE(is_done(delivered));
    CHECK(handlers.counts().waiting == 1);
    may_return.set_value();
    delivered.wait();
    CHECK(handlers.counts().handled == 1);
}

TEST_CASE("an acknowledgement by hand that does not come is not waited for any longer than the patience") {
    ByHand by_hand(50ms);
    by_hand.handlers->deliver(message());
    CHECK(by_hand.counts().acknowledged_early == 1);
    by_hand.await_handlers();
    CHECK(by_hand.counts().handled == 1);
    CHECK(by_hand.counts().waiting == 0);
    by_hand.came.get_future().get().acknowledge();  // Too late, and of no effect.
    CHECK(by_hand.counts().handled == 1);
    CHECK(adds_up(by_hand.counts()));
}

TEST_CASE("what was acknowledged early before its handler was called is not held") {
    ByHand by_hand(1ms);
    std::promise<void> may_go_on;
    by_hand.handlers->post([&] { may_go_on.get_future().wait(); });
    by_hand.handlers->deliver(message());
    CHECK(by_hand.counts().acknowledged_early == 1);
    CHECK(by_hand.counts().waiting == 1);
    may_go_on.set_value();
    const auto acknowledgement = by_hand.came.get_future().get();
    by_hand.await_handlers();
    CHECK(by_hand.counts().handled == 1);
    CHECK(by_hand.counts().waiting == 0);
    CHECK(by_hand.log.empty());
    CHECK(adds_up(by_hand.counts()));
}

TEST_CASE("the end of an acknowledgement that nobody has given acknowledges nothing: the wait goes on to its end, and that is logged") {
    const bool by_throwing = GENERATE(false, true);
    std::vector<std::string> log;
    device::Handlers handlers([&](LogLevel, std::string_view line) { log.emplace_back(line); }, patient(60s));
    std::promise<void> has_ended;
    handlers.set_message_handler("a", ManualHandler([&](const Message&, const Acknowledgement&) {
                                     handlers.post([&] { has_ended.set_value(); });
                                     if (by_throwing) throw std::runtime_error("no such valve");
                                 }));
    handlers.start();
    auto delivered = std::async(std::launch::async, [&] { handlers.deliver(message()); });
    has_ended.get_future().wait();
    CHECK_FALSE(is_done(delivered));
    CHECK(handlers.counts().waiting == 1);
    handlers.release();
    delivered.wait();
    CHECK(handlers.counts().acknowledged_early == 1);
    CHECK(handlers.counts().handled == 1);
    CHECK(adds_up(handlers.counts()));
    REQUIRE(log.size() == (by_throwing ? 2 : 1));
    CHECK_THAT(log.back(), Catch::Contains("'a'") && Catch::Contains("early") && Catch::Contains("destroyed"));
}

TEST_CASE("a copy of an acknowledgement is the same one") {
    ByHand by_hand(60s);
    auto delivered = by_hand.deliver();
    std::optional<Acknowledgement> first = by_hand.came.get_future().get();
    const Acknowledgement second = *first;
    first.reset();
    second.acknowledge();
    delivered.wait();
    CHECK(by_hand.counts().acknowledged_early == 0);
    Acknowledgement().acknowledge();
}

TEST_CASE("of several handlers all have to return, and those that acknowledge by hand have to acknowledge") {
    device::Handlers handlers({}, patient(60s));
    std::vector<std::promise<Acknowledgement>> came(2);
    std::promise<void> may_return;
    std::promise<void> is_last;
    for (std::size_t i = 0; i < came.size(); ++i) {
        handlers.set_message_handler(i == 0 ? "#" : "+",
                                     ManualHandler([&, i](const Message&, Acknowledgement given) { came[i].set_value(std::move(given)); }));
    }
    handlers.set_message_handler("a", MessageHandler([&](const Message&) {
                                     is_last.set_value();
                                     may_return.get_future().wait();
                                 }));
    handlers.start();
    auto delivered = std::async(std::launch::async, [&] { handlers.deliver(message()); });
    is_last.get_future().wait();
    came[1].get_future().get().acknowledge();
    const auto first = came[0].get_future().get();
    const bool returns_first = GENERATE(true, false);
    if (returns_first) {
        may_return.set_value();
        std::promise<void> done;
        handlers.post([&] { done.set_value(); });
        done.get_future().wait();
    } else {
        first.acknowledge();
    }
    CHECK_FALSE(is_done(delivered));
    CHECK(handlers.counts().waiting == 1);
    CHECK(adds_up(handlers.counts()));
    if (returns_first) {
        first.acknowledge();
    } else {
        may_return.set_value();
    }
    delivered.wait();
    CHECK(handlers.counts().handled == 1);
    CHECK(handlers.counts().acknowledged_early == 0);
}

TEST_CASE("at QoS 0, and where nobody waits, a message has nothing to acknowledge") {
    const auto qos = GENERATE(Qos::at_most_once, Qos::at_least_once);
    ByHand by_hand(60s);
    if (qos != Qos::at_most_once) by_hand.handlers->release();
    by_hand.handlers->deliver(message(qos));
    const auto acknowledgement = by_hand.came.get_future().get();
    by_hand.await_handlers();
    CHECK(by_hand.counts().handled == 1);
    CHECK(by_hand.counts().waiting == 0);
    acknowledgement.acknowledge();
    CHECK(by_hand.counts().handled == 1);
}

TEST_CASE("a stop waits for no acknowledgement, and one that comes after the device is gone does nothing") {
    ByHand by_hand(60s);
    auto delivered = by_hand.deliver();
    const auto acknowledgement = by_hand.came.get_future().get();
    by_hand.await_handlers();
    by_hand.handlers->release();
    delivered.wait();
    CHECK(by_hand.counts().acknowledged_early == 1);
    CHECK(by_hand.counts().handled == 1);
    CHECK(by_hand.counts().waiting == 0);
    REQUIRE(by_hand.log.size() == 1);
    CHECK_THAT(by_hand.log.front(), Catch::Contains("'a'") && Catch::Contains("early") && Catch::Contains("in time"));
    by_hand.handlers.reset();
    acknowledgement.acknowledge();
}

TEST_CASE("what is to be acknowledged by hand takes room in the inbox until it is") {
    InboxConfig config = patient(60s);
    config.max_messages = 1;
    device::Handlers handlers({}, config);
    std::promise<Acknowledgement> came;
    handlers.set_message_handler("a", ManualHandler([&](const Message& received, Acknowledgement given) {
                                     if (received.qos != Qos::at_most_once) came.set_value(std::move(given));
                                 }));
    handlers.start();
    auto delivered = std::async(std::launch::async, [&] { handlers.deliver(message()); });
    const auto acknowledgement = came.get_future().get();
    handlers.deliver(message(Qos::at_most_once));
    CHECK(handlers.counts().dropped_full == 1);
    CHECK(adds_up(handlers.counts()));
    acknowledgement.acknowledge();
    delivered.wait();
    handlers.deliver(message(Qos::at_most_once));
    handlers.stop();
    CHECK(handlers.counts().handled == 2);
    CHECK(handlers.counts().dropped_full == 1);
}

}  // namespace muster::test

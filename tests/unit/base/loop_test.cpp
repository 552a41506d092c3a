// SPDX-License-Identifier: Apache-2.0
// What is posted runs in order, deadlines are met, and stopping loses nothing that was accepted.
#include "base/loop.hpp"

#include <catch2/catch.hpp>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace muster::base {
namespace {

using namespace std::chrono_literals;

// Generous: it is only waited for when the test is about to fail.
constexpr auto patience = 20s;

/// Stands still until it is moved. Threads: any.
class HandClock final : public Clock {
public:
    [[nodiscard]] SteadyTime now() const override { return SteadyTime(std::chrono::hours(hours)); }
    [[nodiscard]] WallTime wall_now() const override { return {}; }
    std::atomic<int> hours{1'000};
};

TEST_CASE("a deadline is met by the clock that was given, once a task makes it be looked at") {
    HandClock clock;
    const SteadyTime deadline = clock.now() + std::chrono::hours(24);
    std::promise<SteadyTime> met;
    bool is_met = false;
    Loop loop(
        "test-loop",
        [&](SteadyTime now) -> std::optional<SteadyTime> {
            if (now < deadline) return deadline;
            if (!std::exchange(is_met, true)) met.set_value(now);
            return std::nullopt;
        },
        &clock);
    loop.start();
    clock.hours = 1'025;
    loop.post([] {});
    auto future = met.get_future();
    REQUIRE(future.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    CHECK(future.get() == clock.now());
    loop.stop();
}

TEST_CASE("tasks run in the order of their posting, on the loop's own thread") {
    Loop loop("test-loop");
    std::vector<int> order;
    std::vector<bool> on_loop;
    std::string name;
    for (int i = 0; i < 1'000; ++i) {
        REQUIRE(loop.post([&, i] {
            order.push_back(i);
            on_loop.push_back(loop.is_loop_thread());
        }));
        if (i == 500) loop.start();  // Before the start tasks wait for it.
    }
    REQUIRE(loop.post([&] {
        char buffer[16] = {};
        ::pthread_getname_np(::pthread_self(), buffer, sizeof buffer);
        name = buffer;
    }));
    loop.stop();
    REQUIRE(order.size() == 1'000);
    for (int i = 0; i < 1'000; ++i) REQUIRE(order[static_cast<std::size_t>(i)] == i);
    CHECK(on_loop == std::vector<bool>(1'000, true));
    CHECK_FALSE(loop.is_loop_thread());
    CHECK(name == "test-loop");
}

TEST_CASE("each posting thread's tasks keep their order and none is lost") {
    Loop loop("test-loop");
    loop.start();
    std::vector<std::vector<int>> seen(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < seen.size(); ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 2'000; ++i) loop.post([&, t, i] { seen[t].push_back(i); });
        });
    }
    for (auto& thread : threads) thread.join();
    loop.stop();
    for (const auto& one : seen) {
        REQUIRE(one.size() == 2'000);
        CHECK(std::is_sorted(one.begin(), one.end()));
    }
}

TEST_CASE("stopping runs what was posted before, and refuses what comes after") {
    Loop loop("test-loop");
    loop.start();
    std::promise<void> gate;
    std::atomic<int> ran{0};
    loop.post([&, opened = gate.get_future().share()] { opened.wait(); });
    for (int i = 0; i < 100; ++i) loop.post([&] { ++ran; });
    std::thread stopper([&] { loop.stop(); });
    gate.set_value();
    stopper.join();
    CHECK(ran == 100);
    CHECK_FALSE(loop.post([&] { ++ran; }));
    loop.stop();
    CHECK(ran == 100);
}

TEST_CASE("a loop that was never started stops and is destroyed") {
    auto held = std::make_shared<int>(1);
    {
        Loop loop("test-loop");
        CHECK(loop.post([held] {}));
        loop.stop();
        CHECK_FALSE(loop.post([] {}));
    }
    CHECK(held.use_count() == 1);
}

TEST_CASE("destruction drops tasks that have not begun, and what they hold") {
    auto held = std::make_shared<int>(1);
    std::atomic<int> ran{0};
    std::promise<void> begun;
    std::promise<void> gate;
    auto loop = std::make_unique<Loop>("test-loop");
    loop->start();
    loop->post([&, opened = gate.get_future().share()] {
        begun.set_value();
        opened.wait();
    });
    REQUIRE(begun.get_future().wait_for(patience) == std::future_status::ready);
    loop->post([&, held] { ++ran; });
    // The second task is dropped as soon as destruction begins; only then may the first one end.
    std::thread destroyer([&] { loop.reset(); });
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (held.use_count() > 1 && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    CHECK(held.use_count() == 1);
    gate.set_value();
    destroyer.join();
    CHECK(ran == 0);
}

TEST_CASE("the turn is taken at the start, after tasks and when its deadline passes") {
    std::vector<SteadyTime> turns;
    std::promise<void> third;
    SteadyTime deadline{};
    std::unique_ptr<Loop> loop;
    std::atomic<bool> on_loop{true};
    loop = std::make_unique<Loop>("test-loop", [&](SteadyTime now) -> std::optional<SteadyTime> {
        on_loop = on_loop && loop->is_loop_thread();
        turns.push_back(now);
        if (turns.size() == 2) return deadline = now + 30ms;
        if (turns.size() == 3) third.set_value();
        return std::nullopt;
    });
    loop->start();
    std::promise<void> ran;
    loop->post([&] { ran.set_value(); });
    REQUIRE(ran.get_future().wait_for(patience) == std::future_status::ready);
    const auto outcome = third.get_future().wait_for(patience);
    loop->stop();
    REQUIRE(outcome == std::future_status::ready);
    CHECK(turns.size() == 3);
    CHECK(turns[2] >= deadline);
    CHECK(on_loop);
}

TEST_CASE("a task posted before a far deadline does not wait for it") {
    std::promise<void> ran;
    Loop loop("test-loop", [](SteadyTime now) -> std::optional<SteadyTime> { return now + 24h; });
    loop.start();
    loop.post([&] { ran.set_value(); });
    CHECK(ran.get_future().wait_for(patience) == std::future_status::ready);
    loop.stop();
}

TEST_CASE("a task may post another") {
    Loop loop("test-loop");
    loop.start();
    std::promise<void> ran;
    loop.post([&] { loop.post([&] { ran.set_value(); }); });
    CHECK(ran.get_future().wait_for(patience) == std::future_status::ready);
    loop.stop();
}

}  // namespace
}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// A thread that runs posted tasks in order and wakes up for deadlines.
#include "base/loop.hpp"

#include <muster/result.hpp>

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace muster::base {
namespace {

// Added to the machine's time it must not overflow.
constexpr std::chrono::hours longest_wait{1};

}  // namespace

struct Loop::State {
    State(const char* thread_name, Turn on_turn, const Clock* time) : name(thread_name), turn(std::move(on_turn)), clock(time) {}

    [[nodiscard]] SteadyTime now() const { return clock != nullptr ? clock->now() : std::chrono::steady_clock::now(); }

    void run() {
        loop_thread = std::this_thread::get_id();
        ::pthread_setname_np(::pthread_self(), name);
        std::optional<SteadyTime> deadline = turn ? turn(now()) : std::nullopt;
        std::unique_lock lock(mutex);
        while (true) {
            const auto has_work = [this] { return stopping || !tasks.empty(); };
            if (deadline) {
                // By how long it is: the clock need not be the one that a thread can wait by. Waking too early costs a turn.
                wake.wait_for(lock, std::min<SteadyTime::duration>(*deadline - now(), longest_wait), has_work);
            } else {
                wake.wait(lock, has_work);
            }
            if (stopping && tasks.empty()) return;
            std::vector<std::function<void()>> batch;
            batch.swap(tasks);
            lock.unlock();
            for (auto& task : batch) task();
            batch.clear();  // What tasks hold is destroyed on this thread, without the lock.
            if (turn) deadline = turn(now());
            lock.lock();
        }
    }

    const char* name;
    Turn turn;
    const Clock* clock;
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<std::function<void()>> tasks;
    bool stopping = false;
    // Not `thread.get_id()`: `thread` is assigned in start() while the first turn may already ask.
    std::atomic<std::thread::id> loop_thread{};
    std::thread thread;
};

Loop::Loop(const char* name, Turn turn, const Clock* clock) : state_(std::make_unique<State>(name, std::move(turn), clock)) {}

Loop::~Loop() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->tasks.clear();
    }
    stop();
}

void Loop::start() {
    MUSTER_REQUIRE(!state_->thread.joinable());
    state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void Loop::stop() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->wake.notify_one();
    if (state_->thread.joinable()) state_->thread.join();
}

bool Loop::post(std::function<void()> task) {
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->stopping) return false;
        state_->tasks.push_back(std::move(task));
    }
    state_->wake.notify_one();
    return true;
}

bool Loop::is_loop_thread() const {
    return state_->loop_thread == std::this_thread::get_id();
}

}  // namespace muster::base

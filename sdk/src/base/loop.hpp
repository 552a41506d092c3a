// SPDX-License-Identifier: Apache-2.0
// A thread that runs what is posted to it, in order, and wakes up for deadlines.
#pragma once

#include "base/clock.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace muster::base {

/// Runs tasks on one thread of its own.
/// Threads: `post` from any thread; `start` and `stop` by the owner, not from a task. Tasks must not block.
class Loop {
public:
    /// Called on the loop's thread after each batch of tasks and whenever the deadline passes. Returns the next deadline, if any.
    using Turn = std::function<std::optional<SteadyTime>(SteadyTime now)>;

    /// `name` shows in debuggers (at most 15 bytes). An empty `turn` means there are no deadlines. `clock` is that of the deadlines,
    /// borrowed for the loop's life; the machine's if there is none. Where it is moved on by hand, a task, even an empty one, makes it be
    /// looked at.
    explicit Loop(const char* name, Turn turn = {}, const Clock* clock = nullptr);
    /// Stops, dropping tasks not yet begun, if `stop` was not called.
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void start();
    /// Runs everything posted before the call, then ends the thread. Idempotent.
    void stop();
    /// False if the loop has stopped and the task will never run.
    bool post(std::function<void()> task);
    [[nodiscard]] bool is_loop_thread() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace muster::base

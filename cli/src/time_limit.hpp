// SPDX-License-Identifier: Apache-2.0
// The end of --timeout, whatever the command is waiting for.
#pragma once

#include "io.hpp"

#include <termios.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace muster::cli {

/// While it lives, --timeout ends the program by a SIGTERM to itself, so that what is temporary is removed; only then, or after some
/// seconds more, as TimeLimit says. For a command that waits for signals anyway.
class TimeLimitSignal {
public:
    TimeLimitSignal();
    ~TimeLimitSignal();
    TimeLimitSignal(const TimeLimitSignal&) = delete;
    TimeLimitSignal& operator=(const TimeLimitSignal&) = delete;

    /// Whether the time is over, and has been told on stderr: the command is to return Exit::timeout.
    [[nodiscard]] bool has_come() const noexcept;
};

/// While it lives, the program has so long; then it ends with Exit::timeout. Files are written whole or not at all, so that it may.
class TimeLimit {
public:
    /// No time: no limit. `io` must live as long.
    TimeLimit(std::optional<std::chrono::milliseconds> time, const Io& io);
    ~TimeLimit();
    TimeLimit(const TimeLimit&) = delete;
    TimeLimit& operator=(const TimeLimit&) = delete;

private:
    void watch(std::chrono::milliseconds time);

    const Io& io_;
    std::optional<termios> terminal_;  // As it is to be left.
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_over_ = false;
    std::thread thread_;
};

}  // namespace muster::cli

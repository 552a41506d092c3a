// SPDX-License-Identifier: Apache-2.0
// The end of --timeout, whatever the command is waiting for.
#include "time_limit.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace muster::cli {
namespace {

constexpr std::chrono::seconds time_to_clean_up{10};

// Of the process, as signals are.
std::atomic<bool> is_signal_wanted{false};
std::atomic<bool> has_signal_come{false};

}  // namespace

TimeLimitSignal::TimeLimitSignal() {
    is_signal_wanted = true;
}

TimeLimitSignal::~TimeLimitSignal() {
    is_signal_wanted = false;
}

bool TimeLimitSignal::has_come() const noexcept {
    return has_signal_come;
}

TimeLimit::TimeLimit(std::optional<std::chrono::milliseconds> time, const Io& io) : io_(io) {
    if (!time) return;
    termios now{};
    if (io.in_is_terminal && ::tcgetattr(STDIN_FILENO, &now) == 0) terminal_ = now;
    // Signals are for the command's own thread.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this, limit = *time] { watch(limit); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TimeLimit::~TimeLimit() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void TimeLimit::watch(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, time, [this] { return is_over_; })) return;
    if (terminal_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*terminal_);
    const Exit exit = io_.fail(Error{Code::timeout, "not done within " + std::to_string(time.count()) + " ms", "give a longer --timeout"});
    if (is_signal_wanted) {
        has_signal_come = true;
        ::kill(::getpid(), SIGTERM);
        if (changed_.wait_for(lock, time_to_clean_up, [this] { return is_over_; })) return;
    }
    std::_Exit(static_cast<int>(exit));
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// SIGINT, SIGTERM and SIGHUP through sigtimedwait, so that no handler runs.
#include "signals.hpp"

#include <csignal>
#include <ctime>

namespace muster::cli {
namespace {

bool is_ignored(int number) {
    struct sigaction now {};
    return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

StopSignals::StopSignals(int most, Hangup hangup) : left_(most) {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGINT);
    ::sigaddset(&set_, SIGTERM);
    // One that is blocked arrives although it is ignored.
    if (hangup == Hangup::is_waited_for && !is_ignored(SIGHUP)) ::sigaddset(&set_, SIGHUP);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

StopSignals::~StopSignals() {
    ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

std::optional<int> StopSignals::wait(std::chrono::milliseconds timeout) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    timespec limit{};
    limit.tv_sec = static_cast<std::time_t>(seconds.count());
    limit.tv_nsec = static_cast<long>(std::chrono::nanoseconds(timeout - seconds).count());
    const int number = ::sigtimedwait(&set_, nullptr, &limit);
    if (number < 0) return std::nullopt;
    if (--left_ == 0) ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
    return number;
}

}  // namespace muster::cli

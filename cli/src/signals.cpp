// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM through sigtimedwait, so that no handler runs.
#include "signals.hpp"

#include <csignal>
#include <ctime>

namespace muster::cli {
namespace {

sigset_t stop_set() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    return set;
}

}  // namespace

StopSignals::StopSignals() {
    const sigset_t set = stop_set();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopSignals::~StopSignals() {
    const sigset_t set = stop_set();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

std::optional<int> StopSignals::wait(std::chrono::milliseconds timeout) {
    const sigset_t set = stop_set();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    timespec limit{};
    limit.tv_sec = static_cast<std::time_t>(seconds.count());
    limit.tv_nsec = static_cast<long>(std::chrono::nanoseconds(timeout - seconds).count());
    const int number = ::sigtimedwait(&set, nullptr, &limit);
    if (number < 0) return std::nullopt;
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    return number;
}

}  // namespace muster::cli

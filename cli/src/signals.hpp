// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM as something a command can wait for.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace muster::cli {

/// What SIGHUP does, the end of a terminal: it ends the process at once, or is waited for as the others are, unless it is ignored (nohup).
enum class Hangup { ends, is_waited_for };

/// While it lives, SIGINT and SIGTERM do not end the process; `wait` returns them. Once it has returned `most` of them, the next one ends
/// the process at once.
/// Make it before any other thread is started: threads inherit the blocked signals.
class StopSignals {
public:
    explicit StopSignals(int most = 1, Hangup hangup = Hangup::ends);
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// The signal that arrived within `timeout`, if one did.
    std::optional<int> wait(std::chrono::milliseconds timeout);

private:
    sigset_t set_{};
    int left_;
};

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// Another program that a command runs: started with an environment of its own, passed the signals that arrive, waited for.
#pragma once

#include "exit_code.hpp"

#include <muster/result.hpp>

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

/// The variables that are to be other than this program's own; none: not set.
using Environment = std::map<std::string, std::optional<std::string>>;

/// While it lives, signals that programs are ended or told something with are kept for the one it has started.
/// Make it before any other thread is started: threads inherit the blocked signals.
class ChildCommand {
public:
    ChildCommand();
    ~ChildCommand();
    ChildCommand(const ChildCommand&) = delete;
    ChildCommand& operator=(const ChildCommand&) = delete;

    /// Found in PATH, as a shell would, and told to end (SIGTERM) if this program is killed. Fails with Code::not_found,
    /// Code::io if it cannot be executed.
    Result<void> start(const std::vector<std::string>& words, const Environment& environment);
    /// Blocks until it has ended, passing on to it what arrives meanwhile. Its exit code, or 128 + the signal that ended it. A signal of
    /// this program's own (TimeLimitSignal) has it and what it has started killed, if it has not ended some seconds later.
    [[nodiscard]] Exit wait();

private:
    void pass_on(const siginfo_t& info);

    sigset_t before_{};
    pid_t pid_ = -1;
    std::optional<std::chrono::steady_clock::time_point> kill_at_;
};

/// As a shell says it: 127 if there is no such program, 126 if it cannot be executed.
[[nodiscard]] Exit exit_for_start(const Error& error) noexcept;

}  // namespace muster::cli

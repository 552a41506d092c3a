// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM as something a command can wait for.
#pragma once

#include <chrono>
#include <optional>

namespace muster::cli {

/// While it lives, SIGINT and SIGTERM do not end the process; `wait` returns them. A second one, once `wait` has returned, ends it at once.
/// Make it before any other thread is started: threads inherit the blocked signals.
class StopSignals {
public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// The signal that arrived within `timeout`, if one did.
    std::optional<int> wait(std::chrono::milliseconds timeout);
};

}  // namespace muster::cli

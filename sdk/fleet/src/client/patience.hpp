// SPDX-License-Identifier: Apache-2.0
// How long a client waits for a socket, and what ends the wait sooner.
#pragma once

#include <muster/result.hpp>

#include <chrono>

namespace muster::fleet {

struct Patience {
    std::chrono::steady_clock::time_point until;
    int interrupt = -1;  ///< Readable: the wait is over, with Code::stopped.
};

/// What is ready of the descriptors; negative ones are passed over.
struct Ready {
    bool socket = false;
    bool wake = false;
};

/// Waits for `events` (poll's) at `socket`, or for `wake` to be readable; nothing is ready once the time is up. Fails with Code::stopped.
[[nodiscard]] Result<Ready> wait_for(int socket, short events, int wake, const Patience& patience);

/// As above, for a socket alone; Code::timeout with `what` once the time is up.
[[nodiscard]] Result<void> wait_until_ready(int socket, short events, const Patience& patience, const char* what);

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// Waiting with poll.
#include "client/patience.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace muster::fleet {
namespace {

int milliseconds_until(std::chrono::steady_clock::time_point until) {
    const auto now = std::chrono::steady_clock::now();
    if (until <= now) return 0;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    return static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
}

}  // namespace

Result<Ready> wait_for(int socket, short events, int wake, const Patience& patience) {
    std::array<pollfd, 3> polled{{{socket, events, 0}, {wake, POLLIN, 0}, {patience.interrupt, POLLIN, 0}}};
    while (::poll(polled.data(), polled.size(), milliseconds_until(patience.until)) < 0) {
        if (errno != EINTR) return Error{Code::io, "poll failed"};
    }
    if (polled[2].revents != 0) return Error{Code::stopped, "interrupted"};
    return Ready{polled[0].revents != 0, polled[1].revents != 0};
}

Result<void> wait_until_ready(int socket, short events, const Patience& patience, const char* what) {
    const auto ready = wait_for(socket, events, -1, patience);
    if (!ready) return ready.error();
    if (!ready->socket) return Error{Code::timeout, std::string(what) + ": no answer in time"};
    return {};
}

}  // namespace muster::fleet

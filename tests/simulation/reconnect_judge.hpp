// SPDX-License-Identifier: Apache-2.0
// Judges one process's delays between connections: the bounds of docs/session.md, and what must hold for any number of them.
#pragma once

#include "world.hpp"

#include <muster/device_config.hpp>
#include <muster/result.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

namespace muster::test {

/// Threads: one.
class ReconnectJudge {
public:
    ReconnectJudge(World& world, std::size_t device, const BackoffConfig& backoff) : world_(world), device_(device), backoff_(backoff) {}

    void opened(bool is_trial);
    /// Connected, and every subscription answered.
    void connected() {
        if (!connected_since_) connected_since_ = world_.now();
    }
    /// The attempt or the connection ended, and the session waits.
    void ended(Code why, std::chrono::seconds retry_after);

    /// The longest that a device may wait before it tries again, whatever the cause.
    [[nodiscard]] static milliseconds longest(const BackoffConfig& backoff) {
        return std::max({backoff.cap, backoff.timeout_cap, backoff.refused_cap, 2 * backoff.refused_floor});
    }

private:
    [[nodiscard]] milliseconds least() const;
    [[nodiscard]] milliseconds most() const;
    void check_delay();
    void check_row(milliseconds delay);
    void check_duel(milliseconds beyond_floor);
    void require(bool holds, Promise promise, const char* words) const { world_.require(holds, promise, device_, words); }

    World& world_;
    std::size_t device_;
    BackoffConfig backoff_;
    std::optional<SteadyTime> connected_since_;
    std::optional<SteadyTime> ended_at_;
    Code ended_why_ = Code::stopped;
    milliseconds retry_after_{0};  // As the broker asked for; 0: it did not.
    bool was_stable_ = false;
    unsigned failures_ = 0;   // Since the last stable connection.
    milliseconds waited_{0};  // Since then.
    std::deque<SteadyTime> opens_;
    unsigned takeovers_ = 0;              // In a row, without a stable connection that ended otherwise.
    std::deque<milliseconds> hold_offs_;  // The last of these, beyond the floor.
};

}  // namespace muster::test

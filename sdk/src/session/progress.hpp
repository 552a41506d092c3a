// SPDX-License-Identifier: Apache-2.0
// Does the broker still answer what it is sent?
#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace muster::session {

/// Something is in flight and nothing is answered: after one keep-alive the link is stalled, after two, but not before a connect would have
/// been given up, it counts as lost. The transport's pings find a peer that is gone; this finds one that answers pings and nothing else, or
/// to which nothing can be written. A packet takes less than 1.5 keep-alives to arrive, or the broker gives the connection up (MQTT 5.0,
/// section 3.1.2.10).
/// Threads: one.
class Progress {
public:
    void begin_connection(std::chrono::seconds keep_alive, std::chrono::milliseconds connect_timeout) {
        keep_alive_ = keep_alive;
        patience_ = std::max<std::chrono::milliseconds>(2 * keep_alive, connect_timeout);
        waits_since_.reset();
    }
    void sent(base::SteadyTime now) {
        if (!waits_since_) waits_since_ = now;
    }
    void answered(base::SteadyTime now, bool has_more_in_flight) { waits_since_ = has_more_in_flight ? std::optional(now) : std::nullopt; }
    [[nodiscard]] bool is_stalled(base::SteadyTime now) const { return waits_since_ && now >= *waits_since_ + keep_alive_; }
    [[nodiscard]] bool is_lost(base::SteadyTime now) const { return waits_since_ && now >= *waits_since_ + patience_; }
    /// When it will be the next of the two.
    [[nodiscard]] std::optional<base::SteadyTime> next_deadline(bool is_known_to_stall) const {
        if (!waits_since_) return std::nullopt;
        return *waits_since_ + (is_known_to_stall ? patience_ : keep_alive_);
    }

private:
    std::chrono::milliseconds keep_alive_{60'000};
    std::chrono::milliseconds patience_{120'000};
    std::optional<base::SteadyTime> waits_since_;
};

}  // namespace muster::session

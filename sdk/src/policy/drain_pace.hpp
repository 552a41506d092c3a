// SPDX-License-Identifier: Apache-2.0
// How fast what waited during an outage is sent after it.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "outbox/drain_schedule.hpp"

#include <muster/policy.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace muster::policy {

/// A token bucket for the backlog, in messages and in bytes, with a share of its own for what is new. Priority::alarm and high always pass.
/// Of the others a message passes
///
/// - for as many records of its class accepted since the connection came up as it stands for: so whatever the application publishes now is
///   sent as fast as it comes, and the backlog, behind which it may have to wait for its turn, loses nothing by it; or
/// - for a message and its bytes out of the bucket, which is full after `burst_time`. A backlog of more than fills it waits for a moment
///   drawn from `start_spread` first.
///
/// So within any time t no more messages pass than rate * (t + burst_time), what was accepted in it or before it on this connection, and
/// what was put back.
/// Threads: one at a time.
class DrainPace {
public:
    /// `random` is borrowed. Without `config` everything passes.
    DrainPace(const std::optional<DrainConfig>& config, base::Random& random);

    static constexpr std::uint64_t no_bound = UINT64_MAX;
    /// What the bucket holds.
    static constexpr std::chrono::seconds burst_time{3};

    [[nodiscard]] bool is_on() const { return is_on_; }
    /// What waits now is the backlog; `accepted` by class so far.
    void begin_connection(const outbox::PerClass& waiting, const outbox::PerClass& accepted, base::SteadyTime now);
    /// What was accepted since the last call pays for as much.
    void earn(const outbox::PerClass& accepted);
    /// How many records of this class, each a message, may pass at most; their bytes are not known yet.
    [[nodiscard]] std::uint64_t room(Priority priority, base::SteadyTime now);
    /// Whether a message that stands for so many records may go; then it is paid for.
    bool passes(Priority priority, std::size_t records, std::uint64_t bytes, base::SteadyTime now);
    /// So many records come again, for a reason that is not the network's.
    void put_back(std::size_t records);
    /// When something may pass that does not now.
    [[nodiscard]] base::SteadyTime next(base::SteadyTime now);

private:
    [[nodiscard]] static bool is_paced(Priority priority) { return priority < Priority::high; }
    [[nodiscard]] std::uint64_t earned(Priority priority) const { return earned_[static_cast<std::size_t>(priority)] + put_back_; }
    bool pay(Priority priority, std::size_t records);
    void fill(base::SteadyTime now);

    bool is_on_;
    double messages_per_second_;  // 0: no bound.
    double bytes_per_second_;
    std::chrono::milliseconds start_spread_;
    base::Random& random_;

    double messages_ = 0;
    double bytes_ = 0;  // Below 0 after a large message.
    std::optional<base::SteadyTime> filled_at_;
    base::SteadyTime starts_at_{};
    outbox::PerClass seen_{};    // Accepted, as told last.
    outbox::PerClass earned_{};  // In records.
    std::uint64_t put_back_ = 0;
};

}  // namespace muster::policy

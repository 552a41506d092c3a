// SPDX-License-Identifier: Apache-2.0
// Outcomes of messages on their way from the transport's threads to the loop, which is not woken for each of them.
#pragma once

#include "base/clock.hpp"

#include <muster/result.hpp>
#include <muster/transport.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace muster::device {

/// One that comes alone wakes the loop at once, and so does the last of those that are awaited. Where one follows another closely they are
/// left to gather: until there are as many as are still to come, and for `patience` at most; the other half of a window keeps the network
/// busy.
/// Threads: any. `expect`, `forget` and `take` are the loop's.
class SendOutcomes {
public:
    struct Outcome {
        transport::LinkId link;
        transport::SendId id;
        Result<void> result;
    };
    /// No longer than this does one wait for others.
    static constexpr std::chrono::milliseconds patience{1};

    /// One more is to come.
    void expect();
    /// Of those that were to come none does: the link is gone.
    void forget();
    /// Whether the loop must be woken to take it.
    [[nodiscard]] bool add(Outcome outcome);
    /// What has come, in its order; the loop may then sleep until `deadline`.
    [[nodiscard]] std::vector<Outcome> take(base::SteadyTime now);
    /// When to look again without having been woken.
    [[nodiscard]] std::optional<base::SteadyTime> deadline() const;

private:
    mutable std::mutex mutex_;
    std::vector<Outcome> come_;
    std::size_t to_come_ = 0;
    bool is_woken_ = false;                    // It has been told and has not taken them yet.
    std::optional<base::SteadyTime> last_at_;  // When some were taken.
    std::optional<base::SteadyTime> look_at_;  // Until then they gather.
};

}  // namespace muster::device

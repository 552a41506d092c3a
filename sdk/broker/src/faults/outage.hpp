// SPDX-License-Identifier: Apache-2.0
// The broker is away for a while: when it begins, and when it is over.
#pragma once

#include "base/clock.hpp"

#include <muster/result.hpp>

#include <chrono>
#include <optional>

namespace muster::testbroker::faults {

/// The longest outage that can be asked for.
constexpr std::chrono::milliseconds longest_outage{3'600'000};

/// Fails with Code::invalid_argument unless the duration is 1 ms to 1 h.
Result<void> check_outage(std::chrono::milliseconds duration);

///     present -- begin --> away -- its time over --> present
/// Threads: one.
class Outage {
public:
    /// Begins or prolongs; an outage that would end later stays as it is. Returns whether the broker has to go away now.
    bool begin(base::SteadyTime now, std::chrono::milliseconds duration);
    /// Ends then, if it would not end sooner.
    void shorten(base::SteadyTime until);
    /// Whether the broker has to come back now; true once for each outage.
    bool ends(base::SteadyTime now);
    [[nodiscard]] bool is_away() const { return until_.has_value(); }
    [[nodiscard]] std::optional<base::SteadyTime> until() const { return until_; }

private:
    std::optional<base::SteadyTime> until_;
};

}  // namespace muster::testbroker::faults

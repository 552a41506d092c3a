// SPDX-License-Identifier: Apache-2.0
// Which values of one topic's readings have changed enough to be sent.
#pragma once

#include "base/clock.hpp"

#include <muster/reading.hpp>
#include <muster/status.hpp>
#include <muster/telemetry_policy.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::policy {

/// Compares with what was sent, not with what was read last, so that a slow drift is seen as soon as it has left the band.
/// Threads: one at a time.
class DeltaFilter {
public:
    /// `policy` is borrowed for the filter's life.
    explicit DeltaFilter(const DeltaPolicy& policy) : policy_(&policy) {}

    /// The reading with the values that are to be sent, all of them or a part; nothing, and counted as unchanged, if there are none.
    std::optional<Reading> add(Reading reading, base::SteadyTime now, ReadingCounts& counts);
    /// What went on did not get to the outbox: the next reading is sent with all its values.
    void forget() { sent_.clear(); }
    [[nodiscard]] std::size_t bytes() const;

private:
    using Values = std::vector<std::pair<std::string, double>>;

    [[nodiscard]] bool is_full_due(const Reading& reading, base::SteadyTime now) const;
    [[nodiscard]] bool has_changed(const std::string& name, double sent, double value) const;

    const DeltaPolicy* policy_;
    Values sent_;                              // Of each name the value sent last. Empty: the next reading is full.
    std::uint32_t readings_ = 0;               // Since the last full one, that one included.
    std::optional<base::SteadyTime> full_at_;  // The last full one.
};

}  // namespace muster::policy

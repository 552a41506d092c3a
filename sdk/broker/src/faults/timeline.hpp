// SPDX-License-Identifier: Apache-2.0
// A scenario on its way: which of its faults are due.
#pragma once

#include "base/clock.hpp"

#include <muster/testbroker/faults.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace muster::testbroker::faults {

/// The scenario must have been checked. Threads: one.
class Timeline {
public:
    Timeline(Scenario scenario, base::SteadyTime start);
    /// The faults that are due and were not given before, in the order of their times, then of the scenario.
    [[nodiscard]] std::vector<Fault> due(base::SteadyTime now);
    /// When the next is due; none: all were given.
    [[nodiscard]] std::optional<base::SteadyTime> next() const;

private:
    std::vector<ScenarioStep> steps_;
    base::SteadyTime start_;
    std::size_t given_ = 0;
};

}  // namespace muster::testbroker::faults

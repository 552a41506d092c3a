// SPDX-License-Identifier: Apache-2.0
// Rounds become medians and ratios: a table for people, and JSON.
#pragma once

#include "contest.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace muster::bench {

/// By side, each with its rounds.
using Outcome = std::vector<std::vector<Metrics>>;

void print(const Work& work, const Outcome& outcome, std::ostream& out);
/// A JSON object: medians, every round, limits.
[[nodiscard]] std::string to_json(const Work& work, const Outcome& outcome);

}  // namespace muster::bench

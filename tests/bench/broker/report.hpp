// SPDX-License-Identifier: Apache-2.0
// Rounds become medians and ratios; as a table for people and as JSON.
#pragma once

#include "work.hpp"

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace muster::bench {

/// What one work gave.
struct Outcome {
    std::map<ServerKind, std::vector<Metrics>> rounds;  ///< Each server's, in order of the rounds.
};

[[nodiscard]] double median(std::vector<double> values);

/// A limit with what was measured against it.
struct Verdict {
    std::string sentence;  ///< `CPU us/message: 1.31 x bare relay, at most 1.15`
    double ratio = 0;      ///< The median of the rounds' ratios: what disturbs a round disturbs both servers.
    bool is_met = false;
};
/// One for each limit whose servers both took part.
[[nodiscard]] std::vector<Verdict> judge(const Work& work, const Outcome& outcome);

void print_medians(const Work& work, const Outcome& outcome, std::ostream& out);
void print_verdicts(const Work& work, const Outcome& outcome, std::ostream& out);
/// A JSON object: medians, every round, verdicts.
[[nodiscard]] std::string to_json(const Work& work, const Outcome& outcome);

}  // namespace muster::bench

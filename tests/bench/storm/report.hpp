// SPDX-License-Identifier: Apache-2.0
// What the runs gave: as tables for docs/backoff.md, as a plot, as JSON.
#pragma once

#include "storm.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace muster::storm {

struct Row {
    std::string policy;
    bool has_hints = false;
    bool is_ours = false;
    Scenario scenario;
    Figures figures;
};

/// All policies after one outage.
struct Group {
    std::string name;  ///< `60 s`
    std::vector<Row> rows;
};

/// Every figure of one group.
void print_table(const Group& group, std::ostream& out);
/// Policies down, groups across: time to 99 % and wasted handshakes in one cell.
void print_overview(const std::vector<Group>& groups, std::ostream& out);
/// The share connected over time, one panel for each group.
[[nodiscard]] std::string plot(const std::vector<Group>& groups);
[[nodiscard]] std::string to_json(const std::vector<Group>& groups);

/// What is demanded of ours in each group: none wastes less, and none is quicker than 1 / 1.2 of its time; those with hints compared with
/// all, those without with their like. Empty, or sentences.
[[nodiscard]] std::vector<std::string> judge(const Group& group);

}  // namespace muster::storm

// SPDX-License-Identifier: Apache-2.0
// The demo's figures, each with what it must be.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace muster::cli::demo {

/// Collects figures and prints them as a table with a verdict each.
class Summary {
public:
    /// A figure that must hold.
    void check(std::string what, std::string measured, std::string expected, bool holds);
    /// A figure for information.
    void note(std::string what, std::string measured);
    [[nodiscard]] bool all_hold() const { return all_hold_; }
    void print(std::ostream& out) const;

private:
    struct Line {
        std::string what;
        std::string measured;
        std::string expected;
        std::string verdict;
    };
    std::vector<Line> lines_;
    bool all_hold_ = true;
};

}  // namespace muster::cli::demo

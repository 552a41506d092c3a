// SPDX-License-Identifier: Apache-2.0
// The demo's figures, each with what it must be.
#include "commands/demo/summary.hpp"

#include "output/table.hpp"

#include <utility>

namespace muster::cli::demo {

void Summary::check(std::string what, std::string measured, std::string expected, bool holds) {
    all_hold_ = all_hold_ && holds;
    lines_.push_back({std::move(what), std::move(measured), std::move(expected), holds ? "ok" : "WRONG"});
}

void Summary::note(std::string what, std::string measured) {
    lines_.push_back({std::move(what), std::move(measured), "-", "-"});
}

void Summary::print(std::ostream& out) const {
    Table table({"FIGURE", "MEASURED", "MUST BE", ""});
    for (const auto& line : lines_) table.add({line.what, line.measured, line.expected, line.verdict});
    table.print(out);
}

}  // namespace muster::cli::demo

// SPDX-License-Identifier: Apache-2.0
// `--assert 'p99<50ms'`: what must be true of a bench's figures.
#pragma once

#include "bench/figures.hpp"

#include <muster/result.hpp>

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace muster::cli::bench {

/// A figure, a comparison and a bound.
struct Assertion {
    std::string text;
    std::string figure;
    std::string comparison;
    double bound = 0;  ///< In the figure's unit.
    Unit unit = Unit::count;
};

/// NAME, one of < <= > >= == !=, a number, and for a time ns, us, ms or s. Fails with Code::invalid_argument, with a hint.
[[nodiscard]] Result<Assertion> parse_assertion(const std::string& text);
/// The same for other figures than a bench's; `hint` names some.
[[nodiscard]] Result<Assertion> parse_assertion(const std::string& text, const std::vector<FigureName>& figures, const std::string& hint);

/// What was not measured fails.
[[nodiscard]] bool holds(const Assertion& assertion, const std::map<std::string, double>& figures);

/// An object for each: the assertion, whether it holds, the figure's value (null: not measured) and its unit (null: it is a count).
[[nodiscard]] nlohmann::json judged(const std::vector<Assertion>& assertions, const std::map<std::string, double>& figures);

/// `PASS p99<50ms (17.3 ms)`, a line for each.
void print_verdicts(const nlohmann::json& verdicts, std::ostream& out);
/// `17.3 ms`, or that it was not measured.
[[nodiscard]] std::string value_text(const nlohmann::json& verdict);
/// Those that do not hold, with their values; empty: all hold.
[[nodiscard]] std::string failed_text(const nlohmann::json& verdicts);

}  // namespace muster::cli::bench

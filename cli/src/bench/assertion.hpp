// SPDX-License-Identifier: Apache-2.0
// `--assert 'p99<50ms'`: what must be true of a bench's figures.
#pragma once

#include <muster/result.hpp>

#include <map>
#include <string>

namespace muster::cli::bench {

/// A figure, a comparison and a bound.
struct Assertion {
    std::string text;
    std::string figure;
    std::string comparison;
    double bound = 0;  ///< In the figure's unit.
};

/// NAME, one of < <= > >= == !=, a number, and for a time ns, us, ms or s. Fails with Code::invalid_argument, with a hint.
[[nodiscard]] Result<Assertion> parse_assertion(const std::string& text);

/// What was not measured fails.
[[nodiscard]] bool holds(const Assertion& assertion, const std::map<std::string, double>& figures);

}  // namespace muster::cli::bench

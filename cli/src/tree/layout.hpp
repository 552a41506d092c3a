// SPDX-License-Identifier: Apache-2.0
// Text for a terminal: wrapped at words, in two columns, and command lines continued with a backslash.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace muster::cli {

/// Words from `column` on, lines no longer than `width` as far as words let; what follows the first line is indented to `column`.
[[nodiscard]] std::string wrap(const std::string& text, std::size_t column, std::size_t width);

struct Line {
    std::string left;
    std::string right;
};

/// Beside each other, the right-hand sides in one column.
[[nodiscard]] std::string in_two_columns(const std::vector<Line>& lines, std::size_t width);

/// As in_two_columns(), under a title; empty for no lines.
[[nodiscard]] std::string section(const std::string& title, const std::vector<Line>& lines, std::size_t width);

/// A command line as a shell takes it, broken between words and never inside quotes.
[[nodiscard]] std::string wrap_command_line(const std::string& line, std::size_t column, std::size_t width);

}  // namespace muster::cli

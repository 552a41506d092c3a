// SPDX-License-Identifier: Apache-2.0
// Aligned columns for people.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace muster::cli {

/// How a table is printed.
struct TableStyle {
    std::size_t width = 0;  ///< The widest line; the widest columns are cut for it. 0: as wide as it takes.
    bool has_headings = true;
    bool is_coloured = false;
};

/// Columns as wide as their widest cell, two spaces apart, headings in capitals, no trailing blanks. What would steer a terminal is
/// printed as `?`.
class Table {
public:
    explicit Table(std::vector<std::string> headings) { add(std::move(headings)); }
    void add(std::vector<std::string> cells);
    void print(std::ostream& out, const TableStyle& style = {}) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

/// The columns of a terminal that UTF-8 text takes.
[[nodiscard]] std::size_t width_of(const std::string& text);

/// The text with control characters as `?`.
[[nodiscard]] std::string printable(std::string text);

}  // namespace muster::cli

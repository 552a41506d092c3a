// SPDX-License-Identifier: Apache-2.0
// Aligned columns for people.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace muster::cli {

/// Columns as wide as their widest cell, two spaces apart, headings in capitals, no trailing blanks.
class Table {
public:
    explicit Table(std::vector<std::string> headings) : rows_{std::move(headings)} {}
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    void print(std::ostream& out) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace muster::cli

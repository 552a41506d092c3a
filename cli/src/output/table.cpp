// SPDX-License-Identifier: Apache-2.0
// Aligned columns for people.
#include "output/table.hpp"

#include <algorithm>

namespace muster::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_width = 6;  // Of a column that is cut.
constexpr const char* ellipsis = "…";

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::string cut(const std::string& text, std::size_t width) {
    if (width_of(text) <= width) return text;
    std::size_t end = 0;
    for (std::size_t left = width - 1; end < text.size(); ++end) {
        if (continues(text[end])) continue;
        if (left == 0) break;
        --left;
    }
    return text.substr(0, end) + ellipsis;
}

// The widest first, until the line fits or nothing is left to take.
void narrow(std::vector<std::size_t>& widths, std::size_t width) {
    while (true) {
        std::size_t line = (widths.size() - 1) * gap;
        for (const std::size_t column : widths) line += column;
        const auto widest = std::max_element(widths.begin(), widths.end());
        if (line <= width || *widest <= least_width) return;
        // Down to the next one, or to what is needed: one step for each column, not for each character.
        std::size_t next = least_width;
        for (const std::size_t column : widths) {
            if (column < *widest) next = std::max(next, column);
        }
        const std::size_t excess = std::min(line - width, *widest - std::min(next, *widest - 1));
        *widest -= std::min(excess, *widest - least_width);
    }
}

}  // namespace

std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::string printable(std::string text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (static_cast<unsigned char>(text[i]) < ' ' || text[i] == '\x7F') text[i] = '?';
        // U+0080 to U+009F, which some terminals obey.
        const bool is_c1 = text[i] == '\xC2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (is_c1) text.replace(i, 2, "?");
    }
    return text;
}

void Table::add(std::vector<std::string> cells) {
    for (auto& cell : cells) cell = printable(std::move(cell));
    rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out, const TableStyle& style) const {
    std::vector<std::size_t> widths(rows_.front().size(), 0);
    for (auto row = rows_.begin() + (style.has_headings ? 0 : 1); row != rows_.end(); ++row) {
        for (std::size_t i = 0; i < row->size(); ++i) widths[i] = std::max(widths[i], width_of((*row)[i]));
    }
    if (style.width > 0) narrow(widths, style.width);
    for (auto row = rows_.begin() + (style.has_headings ? 0 : 1); row != rows_.end(); ++row) {
        std::string line;
        for (std::size_t i = 0; i < row->size(); ++i) {
            const std::string cell = cut((*row)[i], widths[i]);
            line += cell;
            line.append(widths[i] - width_of(cell) + gap, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        const bool is_heading = row == rows_.begin();
        out << (is_heading && style.is_coloured ? "\x1b[1m" + line + "\x1b[0m" : line) << '\n';
    }
    out.flush();
}

}  // namespace muster::cli

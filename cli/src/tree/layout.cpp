// SPDX-License-Identifier: Apache-2.0
// Text for a terminal: wrapped at words, in two columns, and command lines continued with a backslash.
#include "tree/layout.hpp"

#include <algorithm>
#include <sstream>

namespace muster::cli {
namespace {

constexpr std::size_t column_limit = 30;
constexpr std::size_t least_text = 24;
constexpr std::size_t continued = 4;  // How far a command line is indented from its second line on.

// Of characters, not bytes.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// At spaces that a shell takes for the end of a word, also inside of $( ).
std::vector<std::string> split_command_line(const std::string& line) {
    std::vector<std::string> words(1);
    std::string inside;  // Of which quotes and parentheses, the innermost last.
    for (const char c : line) {
        const char innermost = inside.empty() ? '(' : inside.back();
        if (c == ' ' && innermost == '(') {
            words.emplace_back();
            continue;
        }
        const bool is_end = !inside.empty() && c == (innermost == '(' ? ')' : innermost);
        if (is_end) {
            inside.pop_back();
        } else if (innermost != '\'' && (c == '(' || c == '"' || (c == '\'' && innermost == '('))) {
            inside += c;
        }
        words.back() += c;
    }
    return words;
}

// A flag and what follows it stay on one line.
std::vector<std::string> join_flags(const std::vector<std::string>& words) {
    std::vector<std::string> joined;
    for (const auto& word : words) {
        const bool follows_flag = !joined.empty() && joined.back().rfind('-', 0) == 0 && joined.back().find(' ') == std::string::npos;
        if (follows_flag && word.rfind('-', 0) != 0) {
            joined.back() += " " + word;
        } else {
            joined.push_back(word);
        }
    }
    return joined;
}

}  // namespace

std::string wrap(const std::string& text, std::size_t column, std::size_t width) {
    width = std::max(width, column + least_text);
    std::istringstream words(text);
    std::string wrapped;
    std::string word;
    std::size_t at = column;
    while (words >> word) {
        if (at > column && at + 1 + width_of(word) > width) {
            wrapped += "\n" + std::string(column, ' ');
            at = column;
        } else if (at > column) {
            wrapped += ' ';
            ++at;
        }
        wrapped += word;
        at += width_of(word);
    }
    return wrapped;
}

std::string in_two_columns(const std::vector<Line>& lines, std::size_t width) {
    std::size_t column = 0;
    for (const auto& line : lines) column = std::max(column, width_of(line.left));
    column = std::min(column, column_limit) + 4;
    std::string text;
    for (const auto& [left, right] : lines) {
        text += "  " + left;
        const bool fits = width_of(left) + 4 <= column;
        text += fits ? std::string(column - 2 - width_of(left), ' ') : "\n" + std::string(column, ' ');
        text += wrap(right, column, width) + "\n";
    }
    return text;
}

std::string section(const std::string& title, const std::vector<Line>& lines, std::size_t width) {
    return lines.empty() ? std::string() : "\n" + title + ":\n" + in_two_columns(lines, width);
}

std::string wrap_command_line(const std::string& line, std::size_t column, std::size_t width) {
    std::string wrapped(column, ' ');
    std::size_t at = column;
    bool is_first = true;
    const auto words = join_flags(split_command_line(line));
    for (std::size_t i = 0; i < words.size(); ++i) {
        // Behind every word but the last there must be room for the backslash.
        const std::size_t needed = width_of(words[i]) + (i + 1 < words.size() ? 2 : 0);
        if (!is_first && at + 1 + needed > width) {
            wrapped += " \\\n" + std::string(column + continued, ' ');
            at = column + continued;
        } else if (!is_first) {
            wrapped += ' ';
            ++at;
        }
        is_first = false;
        wrapped += words[i];
        at += width_of(words[i]);
    }
    return wrapped;
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// A command's help: usage, arguments, options, commands and examples.
#include "tree/help.hpp"

#include <algorithm>
#include <sstream>

namespace muster::cli {
namespace {

constexpr std::size_t column_limit = 30;
constexpr std::size_t least_text = 24;

// Of characters, not bytes.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Words from `column` on, lines no longer than `width`.
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

struct Line {
    std::string left;
    std::string right;
};

std::string section(const std::string& title, const std::vector<Line>& lines, std::size_t width) {
    if (lines.empty()) return {};
    std::size_t column = 0;
    for (const auto& line : lines) column = std::max(column, width_of(line.left));
    column = std::min(column, column_limit) + 4;
    std::string text = "\n" + title + ":\n";
    for (const auto& [left, right] : lines) {
        text += "  " + left;
        const bool fits = width_of(left) + 4 <= column;
        text += fits ? std::string(column - 2 - width_of(left), ' ') : "\n" + std::string(column, ' ');
        text += wrap(right, column, width) + "\n";
    }
    return text;
}

std::string left_of(const Option& option) {
    if (option.kind == Option::Kind::positional) return option.name + (option.is_repeatable ? "..." : "");
    std::string text = option.short_name.empty() ? "    " : "-" + option.short_name + ", ";
    text += option.has_negation ? "--[no-]" + option.name : "--" + option.name;
    if (option.kind == Option::Kind::value) text += " " + option.type;
    return text;
}

std::string right_of(const Option& option) {
    std::string text = option.what;
    if (option.is_required && option.kind != Option::Kind::positional) text += " (required)";
    if (option.shows_default && !option.default_text.empty()) text += " [" + option.default_text + "]";
    return text;
}

std::string usage_of(const Command& command) {
    std::string text = "Usage: " + command.path();
    if (command.is_group()) return text + " COMMAND [OPTIONS]";
    for (const auto& option : command.options()) {
        if (option->kind != Option::Kind::positional) continue;
        const std::string shown = option->name + (option->is_repeatable ? "..." : "");
        text += option->is_required ? " " + shown : " [" + shown + "]";
    }
    return text + " [OPTIONS]";
}

std::vector<Line> lines_of(const Command& command, bool are_positional) {
    std::vector<Line> lines;
    for (const auto& option : command.options()) {
        if ((option->kind == Option::Kind::positional) == are_positional) lines.push_back({left_of(*option), right_of(*option)});
    }
    return lines;
}

std::string examples_of(const Command& command) {
    if (command.examples().empty()) return {};
    std::istringstream lines(command.examples());
    std::string text = command.examples().find('\n') == std::string::npos ? "\nExample:\n" : "\nExamples:\n";
    for (std::string line; std::getline(lines, line);) text += "  " + line + "\n";
    return text;
}

}  // namespace

std::string help_of(const Command& command, std::size_t width) {
    std::string text = wrap(command.what(), 0, width) + "\n\n" + usage_of(command) + "\n";
    if (!command.notes().empty()) text += "\n" + wrap(command.notes(), 0, width) + "\n";
    std::vector<Line> commands;
    for (const auto& child : command.children()) {
        const bool is_hidden = child->name().rfind("__", 0) == 0;
        if (!is_hidden) commands.push_back({child->name(), child->what()});
    }
    text += section("Commands", commands, width);
    text += section("Arguments", lines_of(command, true), width);
    auto options = lines_of(command, false);
    options.push_back({command.has_short_help() ? "-h, --help" : "    --help", "Print this"});
    if (command.parent() == nullptr) options.push_back({"    --version", "Print which muster this is"});
    text += section("Options", options, width);
    if (command.parent() != nullptr) text += "\nGlobal options: see muster --help\n";
    return text + examples_of(command);
}

}  // namespace muster::cli

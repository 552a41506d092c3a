// SPDX-License-Identifier: Apache-2.0
// A command's help: usage, arguments, options, commands and examples.
#include "tree/help.hpp"

#include "tree/layout.hpp"
#include "tree/topics.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace muster::cli {
namespace {

std::string left_of(const Option& option) {
    if (option.kind == Option::Kind::positional) return option.name + (option.is_repeatable ? "..." : "");
    std::string text = option.short_name.empty() ? "    " : "-" + option.short_name + ", ";
    text += option.has_negation ? "--[no-]" + option.name : "--" + option.name;
    if (option.kind == Option::Kind::value) text += " " + option.type;
    return text;
}

bool is_of_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

bool has_word(const std::string& text, const std::string& word) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || !is_of_word(text[at - 1])) && (end == text.size() || !is_of_word(text[end]))) return true;
    }
    return false;
}

// The words that it takes, unless they are all explained already.
std::string choices_of(const Option& option) {
    const auto& choices = option.choices;
    const auto is_told = [&](const std::string& word) { return has_word(option.what, word); };
    if (std::all_of(choices.begin(), choices.end(), is_told)) return {};
    std::string text;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        const bool is_last = i + 1 == choices.size();
        text += (i == 0 ? " (" : is_last ? " or " : ", ") + choices[i];
    }
    return text + ")";
}

// What the environment or the context says counts, and not what is built in.
std::string default_of(const Option& option, const Resolution* resolution) {
    const auto origin = resolution == nullptr ? std::nullopt : resolution->origin_of(option);
    if (origin && origin->source != Origin::Source::command_line) {
        std::string texts;
        for (const auto& text : origin->texts) texts += (texts.empty() ? "" : ",") + text;
        const bool is_context = origin->source == Origin::Source::context;
        return texts + ", from " + (is_context ? "context " + origin->where.substr(0, origin->where.find(", ")) : origin->where);
    }
    return option.shows_default ? option.default_text : std::string();
}

std::string right_of(const Option& option, const Resolution* resolution) {
    std::string text = option.what + choices_of(option);
    const std::string value = default_of(option, resolution);
    if (option.is_required && option.kind != Option::Kind::positional) text += " (required)";
    if (!value.empty()) text += " [" + value + "]";
    return text;
}

std::string usage_of(const Command& command) {
    std::string text = "Usage: " + command.path();
    if (command.is_group()) return text + " COMMAND [OPTIONS]";
    std::string behind;
    for (const auto& option : command.options()) {
        if (option->kind != Option::Kind::positional) continue;
        const std::string shown = option->name + (option->is_repeatable ? "..." : "");
        if (option->is_behind_dashes) {
            behind += " [-- " + shown + "]";
        } else {
            text += option->is_required ? " " + shown : " [" + shown + "]";
        }
    }
    return text + " [OPTIONS]" + behind;
}

std::vector<Line> lines_of(const Command& command, bool are_positional, const Resolution* resolution) {
    std::vector<Line> lines;
    for (const auto& option : command.options()) {
        if ((option->kind == Option::Kind::positional) == are_positional)
            lines.push_back({left_of(*option), right_of(*option, resolution)});
    }
    return lines;
}

std::string examples_of(const Command& command, std::size_t width) {
    if (command.examples().empty()) return {};
    std::istringstream lines(command.examples());
    std::string text = command.examples().find('\n') == std::string::npos ? "\nExample:\n" : "\nExamples:\n";
    for (std::string line; std::getline(lines, line);) text += wrap_command_line(line, 2, width) + "\n";
    return text;
}

std::string also_called(const Command& command) {
    std::string text;
    for (const auto& alias : command.aliases()) text += (text.empty() ? "\nAlso: " : ", ") + command.parent()->path() + " " + alias;
    return text.empty() ? text : text + "\n";
}

std::vector<Line> lines_of_topics() {
    std::vector<Line> lines;
    for (const auto& topic : topics()) lines.push_back({topic.name, topic.what});
    return lines;
}

}  // namespace

std::string help_of(const Command& command, std::size_t width, const Resolution* resolution) {
    std::string text = wrap(command.what(), 0, width) + "\n\n" + wrap(usage_of(command), 0, width) + "\n" + also_called(command);
    if (!command.notes().empty()) text += "\n" + wrap(command.notes(), 0, width) + "\n";
    std::vector<Line> commands;
    for (const auto& child : command.children()) {
        if (!child->is_hidden()) commands.push_back({child->name(), child->what()});
    }
    text += section("Commands", commands, width);
    text += section("Arguments", lines_of(command, true, resolution), width);
    auto options = lines_of(command, false, resolution);
    options.push_back({command.has_short_help() ? "-h, --help" : "    --help", "Print this"});
    if (command.parent() == nullptr) options.push_back({"    --version", "Print which muster this is"});
    text += section("Options", options, width);
    if (command.parent() == nullptr) text += section("Topics, for muster help TOPIC", lines_of_topics(), width);
    if (command.parent() != nullptr) text += "\nGlobal options: see muster --help\n";
    return text + examples_of(command, width);
}

}  // namespace muster::cli

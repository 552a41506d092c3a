// SPDX-License-Identifier: Apache-2.0
// Changes of a configuration file's text, made where toml++ says that things stand, and read again to see that they are right.
#include "config/edit.hpp"

#include "config/toml.hpp"

#include <algorithm>
#include <map>

namespace muster::cli {
namespace {

using Values = std::map<std::vector<std::string>, std::vector<std::string>>;

Values values_of(const TomlDocument& document) {
    Values values;
    for (const auto& entry : document.entries) values[entry.path] = entry.texts;
    return values;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    if (begin < text.size()) lines.push_back(text.substr(begin));
    return lines;
}

std::string text_of(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

// A byte's place in a line, of a character's.
std::size_t byte_at(const std::string& line, std::uint32_t column) {
    std::size_t at = 0;
    for (std::uint32_t left = column - 1; at < line.size(); ++at) {
        if ((static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U) continue;
        if (left-- == 0) break;
    }
    return at;
}

std::string written(const ConfigChange& change) {
    if (!change.is_list) return toml_string(change.texts.front());
    std::string list;
    for (const auto& text : change.texts) list += (list.empty() ? "" : ", ") + toml_string(text);
    return "[" + list + "]";
}

bool is_bare(const std::string& key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::string header_of(const std::string& context) {
    return "[contexts." + (is_bare(context) ? context : toml_string(context)) + "]";
}

Error by_hand(const std::string& name) {
    return Error{Code::rejected, name + " is written in a way that is not changed here", "change it with an editor"};
}

// The lines from a context's header to its last key, the end not among them. None if it has no header of its own.
bool find_table(const TomlDocument& document, const std::vector<std::string>& lines, const std::string& context, std::size_t& begin,
                std::size_t& end) {
    const std::vector<std::string> path{"contexts", context};
    const auto table = std::find_if(document.tables.begin(), document.tables.end(), [&](const auto& one) { return one.path == path; });
    if (table == document.tables.end() || table->begin.line == 0 || table->begin.line > lines.size()) return false;
    begin = table->begin.line - 1;
    const auto first = lines[begin].find_first_not_of(" \t");
    if (first == std::string::npos || lines[begin][first] != '[') return false;
    end = begin + 1;
    for (const auto& entry : document.entries) {
        if (entry.path.size() == 3 && entry.path[1] == context) end = std::max<std::size_t>(end, entry.end.line);
    }
    return end <= lines.size();
}

// From the key's beginning for a key that goes, else from the value's.
void replace(std::vector<std::string>& lines, const TomlEntry& entry, const ConfigChange& change) {
    auto& first = lines[entry.begin.line - 1];
    const std::string rest = lines[entry.end.line - 1].substr(byte_at(lines[entry.end.line - 1], entry.end.column));
    const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(entry.begin.line);
    const auto end = lines.begin() + static_cast<std::ptrdiff_t>(entry.end.line);
    if (!change.texts.empty()) first = first.substr(0, byte_at(first, entry.begin.column)) + written(change) + rest;
    lines.erase(begin, end);
    if (change.texts.empty()) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(entry.begin.line) - 1);
}

Result<std::string> verified(std::string text, const Values& wanted, const std::string& name) {
    const auto document = parse_toml(text, name);
    if (!document || values_of(*document) != wanted) return by_hand(name);
    return text;
}

}  // namespace

std::string add_context(const std::string& text, const std::string& context) {
    const bool ends_line = text.empty() || text.back() == '\n';
    return text + (ends_line ? "" : "\n") + (text.empty() ? "" : "\n") + header_of(context) + "\n";
}

Result<std::string> change_config(const std::string& text, const ConfigChange& change, const std::string& name) {
    const auto document = parse_toml(text, name);
    if (!document) return document.error();
    auto wanted = values_of(*document);
    if (change.texts.empty())
        wanted.erase(change.path);
    else
        wanted[change.path] = change.texts;
    auto lines = lines_of(text);
    const auto entry =
        std::find_if(document->entries.begin(), document->entries.end(), [&](const auto& one) { return one.path == change.path; });
    if (entry != document->entries.end()) {
        if (entry->begin.line == 0 || entry->end.line > lines.size() || entry->key.line != entry->begin.line) return by_hand(name);
        replace(lines, *entry, change);
        return verified(text_of(lines), wanted, name);
    }
    if (change.texts.empty()) return text;
    const std::string line = (is_bare(change.path.back()) ? change.path.back() : toml_string(change.path.back())) + " = " + written(change);
    if (change.path.size() == 1) {
        lines.insert(lines.begin(), line);
        return verified(text_of(lines), wanted, name);
    }
    std::size_t begin = 0;
    std::size_t end = 0;
    if (!find_table(*document, lines, change.path[1], begin, end)) {
        const bool is_new = std::none_of(document->tables.begin(), document->tables.end(),
                                         [&](const auto& one) { return one.path.size() == 2 && one.path[1] == change.path[1]; });
        return is_new ? verified(add_context(text, change.path[1]) + line + "\n", wanted, name) : Result<std::string>(by_hand(name));
    }
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(end), line);
    return verified(text_of(lines), wanted, name);
}

Result<std::string> remove_context(const std::string& text, const std::string& context, const std::string& name) {
    const auto document = parse_toml(text, name);
    if (!document) return document.error();
    auto wanted = values_of(*document);
    for (auto value = wanted.begin(); value != wanted.end();) {
        const bool is_its = value->first.size() == 3 && value->first[0] == "contexts" && value->first[1] == context;
        value = is_its ? wanted.erase(value) : std::next(value);
    }
    auto lines = lines_of(text);
    std::size_t begin = 0;
    std::size_t end = 0;
    if (!find_table(*document, lines, context, begin, end)) return by_hand(name);
    while (end < lines.size() && lines[end].empty()) ++end;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(begin), lines.begin() + static_cast<std::ptrdiff_t>(end));
    return verified(text_of(lines), wanted, name);
}

}  // namespace muster::cli

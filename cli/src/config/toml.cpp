// SPDX-License-Identifier: Apache-2.0
// TOML read with toml++, which says where everything stands.
#include "config/toml.hpp"

#include <nlohmann/json.hpp>

// toml++ 3.3 asserts on "[[[" before it finds the mistake itself, and optimised takes for granted that it is not there.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <sstream>

namespace muster::cli {
namespace {

TomlPlace place_of(const toml::source_position& position) {
    return {position.line, position.column};
}

std::string text_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    std::ostringstream text;
    if (const auto* number = node.as_floating_point()) text << number->get();
    return text.str();
}

bool is_text(const toml::node& node) {
    return node.is_string() || node.is_integer() || node.is_boolean() || node.is_floating_point();
}

void read_value(const toml::node& node, TomlEntry& entry) {
    const auto* array = node.as_array();
    if (array == nullptr) {
        if (is_text(node))
            entry.texts.push_back(text_of(node));
        else
            entry.unsupported = "a date or a time";
        return;
    }
    entry.is_array = true;
    for (const auto& element : *array) {
        if (is_text(element))
            entry.texts.push_back(text_of(element));
        else
            entry.unsupported = "an array of something else than texts and numbers";
    }
}

void read_table(const toml::table& table, const std::vector<std::string>& path, TomlDocument& document) {
    for (const auto& [key, node] : table) {
        auto here = path;
        here.emplace_back(key.str());
        if (const auto* child = node.as_table()) {
            document.tables.push_back({here, place_of(key.source().begin)});
            read_table(*child, here, document);
            continue;
        }
        TomlEntry entry;
        entry.path = std::move(here);
        entry.key = place_of(key.source().begin);
        entry.begin = place_of(node.source().begin);
        entry.end = place_of(node.source().end);
        read_value(node, entry);
        document.entries.push_back(std::move(entry));
    }
}

}  // namespace

Result<TomlDocument> parse_toml(const std::string& text, const std::string& name) {
    const auto parsed = toml::parse(text);
    if (!parsed) {
        const auto& where = parsed.error().source().begin;
        return Error{Code::invalid_argument, name + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": " +
                                                 std::string(parsed.error().description())};
    }
    TomlDocument document;
    read_table(parsed.table(), {}, document);
    return document;
}

std::string toml_string(const std::string& text) {
    // JSON's escapes are TOML's, which wants one more.
    std::string quoted;
    for (const char c : nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
        quoted += c == '\x7F' ? "\\u007F" : std::string(1, c);
    return quoted;
}

}  // namespace muster::cli

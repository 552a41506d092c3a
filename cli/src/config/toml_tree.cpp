// SPDX-License-Identifier: Apache-2.0
// The tree that toml++ makes, copied into one of our own.
#include "config/toml_tree.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <array>
#include <utility>

namespace muster::cli {
namespace {

TomlPlace place_of(const toml::source_position& position) {
    return {position.line, position.column};
}

TomlNode read(const toml::node& from);

TomlNode read_table(const toml::table& table) {
    TomlNode node;
    for (const auto& [key, child] : table) {
        node.members.push_back({std::string(key.str()), place_of(key.source().begin), read(child)});
    }
    return node;
}

TomlNode read_value(const toml::node& from) {
    TomlNode node;
    node.kind = TomlNode::Kind::time;
    if (const auto* text = from.as_string()) {
        node.kind = TomlNode::Kind::text;
        node.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
        node.kind = TomlNode::Kind::integer;
        node.integer = integer->get();
        node.real = static_cast<double>(node.integer);
    } else if (const auto* real = from.as_floating_point()) {
        node.kind = TomlNode::Kind::real;
        node.real = real->get();
    } else if (const auto* truth = from.as_boolean()) {
        node.kind = TomlNode::Kind::truth;
        node.truth = truth->get();
    }
    return node;
}

TomlNode read(const toml::node& from) {
    TomlNode node;
    if (const auto* table = from.as_table()) {
        node = read_table(*table);
    } else if (const auto* array = from.as_array()) {
        node.kind = TomlNode::Kind::array;
        for (const auto& element : *array) node.elements.push_back(read(element));
    } else {
        node = read_value(from);
    }
    node.place = place_of(from.source().begin);
    return node;
}

}  // namespace

const TomlMember* TomlNode::find(const std::string& name) const {
    for (const auto& member : members) {
        if (member.name == name) return &member;
    }
    return nullptr;
}

const char* name_of(TomlNode::Kind kind) {
    constexpr std::array names{"a text", "a whole number", "a number", "true or false", "a date or a time", "an array", "a table"};
    return names.at(static_cast<std::size_t>(kind));
}

Result<TomlNode> parse_toml_tree(const std::string& text, const std::string& name) {
    const auto parsed = toml::parse(text);
    if (!parsed) {
        const auto& where = parsed.error().source().begin;
        return Error{Code::invalid_argument, name + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": " +
                                                 std::string(parsed.error().description())};
    }
    return read(parsed.table());
}

}  // namespace muster::cli

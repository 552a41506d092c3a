// SPDX-License-Identifier: Apache-2.0
// TOML as a tree, with types and with the place of everything in it: for files whose tables are nested.
#pragma once

#include "config/toml.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace muster::cli {

struct TomlMember;

/// A value. Only the fields of its kind mean something.
struct TomlNode {
    enum class Kind : std::uint8_t { text, integer, real, truth, time, array, table };

    Kind kind = Kind::table;
    TomlPlace place;
    std::string text;
    std::int64_t integer = 0;
    double real = 0;  ///< Also of an integer.
    bool truth = false;
    std::vector<TomlNode> elements;
    std::vector<TomlMember> members;  ///< In the order of their names.

    /// Null: there is none of that name.
    [[nodiscard]] const TomlMember* find(const std::string& name) const;
};

struct TomlMember {
    std::string name;
    TomlPlace place;
    TomlNode node;
};

/// "a text", "a table" and so on.
[[nodiscard]] const char* name_of(TomlNode::Kind kind);

/// Fails with Code::invalid_argument, `name:line:column: what`.
Result<TomlNode> parse_toml_tree(const std::string& text, const std::string& name);

}  // namespace muster::cli

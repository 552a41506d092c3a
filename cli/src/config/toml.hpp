// SPDX-License-Identifier: Apache-2.0
// TOML read with the place of everything in it. Beside toml_tree.hpp the one place that toml++ is used in.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace muster::cli {

/// Line and column, from 1; a column is a character.
struct TomlPlace {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

/// A key with a value. Arrays of values are one entry of several texts.
struct TomlEntry {
    std::vector<std::string> path;
    std::vector<std::string> texts;
    bool is_array = false;
    std::string unsupported;  ///< What it is, if it is no text, number, truth or array of them.
    TomlPlace key;
    TomlPlace begin;  ///< Of the value.
    TomlPlace end;    ///< Behind it.
};

/// A table that was written with its header.
struct TomlTable {
    std::vector<std::string> path;
    TomlPlace begin;
};

struct TomlDocument {
    std::vector<TomlEntry> entries;
    std::vector<TomlTable> tables;
};

/// Fails with Code::invalid_argument, `name:line:column: what`.
Result<TomlDocument> parse_toml(const std::string& text, const std::string& name);

/// In quotes.
[[nodiscard]] std::string toml_string(const std::string& text);

}  // namespace muster::cli

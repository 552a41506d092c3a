// SPDX-License-Identifier: Apache-2.0
// What could stand where the cursor is on an unfinished command line.
#pragma once

#include "tree/parser.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace muster::cli {

/// Where the words come from that a value may have: `settings` are KEY=VALUE, `value_of_key` is what a KEY before it may have.
enum class Words : std::uint8_t { none, in_tree, files, directories, contexts, tenants, devices, keys, settings, value_of_key };

struct Candidate {
    std::string word;
    std::string what;  ///< One line about it; may be empty.
};

struct Candidates {
    enum class Rest : std::uint8_t { none, files, directories };
    std::vector<Candidate> words;
    Rest rest = Rest::none;  ///< What the shell is to add.
};

/// Where the cursor is: what the words before it say, and what of the last is a value.
struct Cursor {
    Parsed parsed;
    const Option* value_of = nullptr;  ///< Whose value is being typed; null: a command, a flag, or nothing that is known.
    bool is_behind_dashes = false;     ///< Behind --: there are no flags any more.
    std::string before;                ///< Of the last word, what is not the value: "--output=".
    std::string begun;                 ///< And what is there of the value.
};

/// `words` are those behind the program's name, the last of them unfinished, perhaps empty.
[[nodiscard]] Cursor find_cursor(const Command& root, const std::vector<std::string>& words);

/// Which words an option's value may have.
[[nodiscard]] Words words_for(const Command& command, const Option& option);

/// Gives the words that are not in the tree: those of a broker and of the configuration.
using WordSource = std::function<std::vector<Candidate>(Words words)>;

/// Asks a broker, by its admin socket, for its tenants (of `Words::tenants`) or a tenant's devices (of `Words::devices`).
using BrokerWords = std::function<std::vector<Candidate>(Words words, const std::string& admin, const std::string& tenant)>;

/// Only what begins as the last word does; each candidate stands for that whole word.
[[nodiscard]] Candidates complete(const Cursor& cursor, const WordSource& source);

}  // namespace muster::cli

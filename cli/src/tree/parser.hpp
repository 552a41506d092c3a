// SPDX-License-Identifier: Apache-2.0
// The words of a command line, sorted by command and flag.
#pragma once

#include "tree/command.hpp"

#include <map>
#include <string>
#include <vector>

namespace muster::cli {

/// What the words say, before anything is checked or set.
struct Parsed {
    /// A word that belongs to nothing, and the command it was found in.
    struct Stray {
        std::string word;
        const Command* command;
    };
    const Command* command = nullptr;  ///< The deepest that was named.
    std::map<const Option*, std::vector<std::string>> given;
    std::vector<Stray> strays;
    bool wants_help = false;
    bool wants_version = false;
};

/// `words` begin with the program's name and are sorted as getopt has it: --flag VALUE, --flag=VALUE, -f VALUE, -fVALUE, -abc, and --
/// before what only looks like a flag (and is never a value); a value may begin with a dash. A command's flags are taken anywhere behind
/// it, those of the commands above it too. Fails with Code::invalid_argument if a flag lacks its value, and leaves in `parsed` what it had
/// understood so far.
Result<void> parse_words(const Command& root, const std::vector<std::string>& words, Parsed& parsed);

}  // namespace muster::cli

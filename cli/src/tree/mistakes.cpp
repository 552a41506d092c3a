// SPDX-License-Identifier: Apache-2.0
// "Did you mean": what is said of words that belong to nothing.
#include "tree/mistakes.hpp"

#include "tree/suggestion.hpp"

namespace muster::cli {
namespace {

std::vector<std::string> flags_of(const Command& command) {
    std::vector<std::string> flags{"--help"};
    for (const Command* level = &command; level != nullptr; level = level->parent()) {
        for (const auto& option : level->options()) {
            if (option->kind == Option::Kind::positional) continue;
            flags.push_back("--" + option->name);
            if (option->has_negation) flags.push_back("--no-" + option->name);
        }
    }
    return flags;
}

std::vector<std::string> commands_of(const Command& command) {
    std::vector<std::string> names;
    for (const auto& child : command.children()) {
        if (child->is_hidden()) continue;
        names.push_back(child->name());
        names.insert(names.end(), child->aliases().begin(), child->aliases().end());
    }
    return names;
}

}  // namespace

Error explain_stray(const Parsed& parsed) {
    const auto& [word, where] = parsed.strays.front();
    const Command& command = *where;
    std::string message;
    std::string meant;
    if (word.rfind('-', 0) == 0) {
        message = "there is no flag '" + word + "' in " + command.path();
        meant = nearest(word.substr(0, word.find('=')), flags_of(command));
    } else if (command.is_group()) {
        message = "'" + word + "' is not a command of " + command.path();
        meant = nearest(word, commands_of(command));
        if (!meant.empty()) meant = command.path() + " " + meant;
    } else {
        message = "'" + word + "' is one word too many for " + command.path();
    }
    return Error{Code::invalid_argument, message, meant.empty() ? "see " + command.path() + " --help" : "did you mean " + meant + "?"};
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// The commands that tell about the others: help, completion.
#include "commands/completion.hpp"
#include "tree/help.hpp"
#include "tree/suggestion.hpp"
#include "tree/topics.hpp"
#include "tree/tree.hpp"

#include <algorithm>

namespace muster::cli {
namespace {

constexpr std::size_t default_width = 80;
constexpr std::size_t widest_help = 100;  // Longer lines are hard to read.

std::size_t width_of_help(const Io& io) {
    return std::min(io.width == 0 ? default_width : io.width, widest_help);
}

std::vector<std::string> names_under(const Command& command) {
    std::vector<std::string> names;
    for (const auto& child : command.children()) {
        if (!child->is_hidden()) names.push_back(child->name());
    }
    if (command.parent() != nullptr) return names;
    for (const auto& topic : topics()) names.emplace_back(topic.name);
    return names;
}

Error no_such_command(const Command& command, const std::string& word) {
    const std::string meant = nearest(word, names_under(command));
    const bool is_root = command.parent() == nullptr;
    return {Code::invalid_argument, "'" + word + "' is not a command of " + command.path() + (is_root ? ", nor a topic" : ""),
            meant.empty() ? "see " + command.path() + " --help" : "did you mean " + meant + "?"};
}

Result<const Command*> find_command(const Command& root, const std::vector<std::string>& words) {
    const Command* found = &root;
    for (const auto& word : words) {
        const auto& children = found->children();
        const auto child = std::find_if(children.begin(), children.end(), [&](const auto& each) { return each->is_called(word); });
        if (child == children.end()) return no_such_command(*found, word);
        found = child->get();
    }
    return found;
}

}  // namespace

Command* add_help_commands(Command& root) {
    Command* help =
        add_command(root, "help", "Print the help of a command, or of a topic");  // Tree::run() does it, with or without a configuration.
    help->add_values(
        "COMMAND", [](const std::string&) { return Result<void>(); }, "The command, word by word, or the topic");
    help->notes("Topics are about what concerns many commands; muster help names them.");
    help->examples("muster help device enroll\nmuster help exit-codes");
    add_command<CompletionOptions>(
        root, "completion", "Print a script that completes muster's command lines in a shell",
        [](Command& command, CompletionOptions& options) {
            command.add_option("SHELL", options.shell, "bash, zsh or fish").required().one_of({"bash", "zsh", "fish"});
            command.notes("What the shell offers then are commands, flags, and values: contexts, the broker's tenants and devices, files.");
            command.examples(
                "muster completion bash > ~/.local/share/bash-completion/completions/muster\n"
                "muster completion zsh > ~/.zfunc/_muster\n"
                "muster completion fish > ~/.config/fish/completions/muster.fish");
        });
    return help;
}

Exit Tree::print_help(const Command& command, Io& io) {
    (void)load_settings();  // The values that it has count as defaults.
    const Resolution resolution(parsed_, settings_.context);
    io.out << help_of(command, width_of_help(io), &resolution) << std::flush;
    return Exit::ok;
}

Result<void> Tree::print_help_on(const std::vector<std::string>& words, Io& io) {
    if (const Topic* topic = words.size() == 1 ? find_topic(words.front()) : nullptr; topic != nullptr) {
        io.out << help_of(*topic, width_of_help(io)) << std::flush;
        return {};
    }
    const auto command = find_command(root_, words);
    if (!command) return command.error();
    print_help(**command, io);
    return {};
}

// Asked by the shells' scripts while somebody types: what is wrong with the words so far, or with a file, is not said.
Exit Tree::complete(const std::vector<std::string>& words, Io& io) {
    Cursor cursor = find_cursor(root_, words);
    parsed_ = cursor.parsed;
    (void)load_settings();
    print_candidates(cli::complete(cursor, word_source(root_, parsed_, settings_, abilities_.broker_words)), io.out);
    return Exit::ok;
}

}  // namespace muster::cli

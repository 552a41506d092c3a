// SPDX-License-Identifier: Apache-2.0
// Completion: the shells' scripts, and the words that are not in the tree.
#include "commands/completion.hpp"

#include "commands/config.hpp"
#include "tree/resolution.hpp"

namespace muster::cli {
namespace {

std::string value_named(const std::string& name, const Command& root, const Parsed& parsed, const Settings& settings) {
    const auto options = find_key(root, name);
    if (!options) return {};
    // Every command has its own option of that name: what was given to any of them counts, else what they share.
    for (const Option* option : *options) {
        const auto given = parsed.given.find(option);
        if (given != parsed.given.end()) return given->second.back();
    }
    const auto origin = Resolution(parsed, settings.context).origin_of(*options->front());
    return origin ? origin->texts.back() : std::string();
}

std::vector<Candidate> keys_of(const Command& root) {
    std::vector<Candidate> found;
    for (const auto& key : known_keys(root)) {
        const auto options = find_key(root, key);
        found.push_back({key, options ? options->front()->what : ""});
    }
    found.push_back({"mode", "dev or prod"});
    return found;
}

std::vector<Candidate> contexts_of(const Config& config) {
    std::vector<Candidate> found;
    for (const auto& [name, context] : config.contexts) found.push_back({name, context.is_production ? "production" : ""});
    return found;
}

// One line, without what the format means something by.
std::string one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    }
    return text;
}

}  // namespace

Exit run_completion(const CompletionOptions& options, Io& io) {
    const Shell shell = options.shell == "bash" ? Shell::bash : options.shell == "zsh" ? Shell::zsh : Shell::fish;
    io.out << completion_script(shell) << std::flush;
    return Exit::ok;
}

WordSource word_source(const Command& root, const Parsed& parsed, const Settings& settings, const BrokerWords& broker_words) {
    return [&](Words words) -> std::vector<Candidate> {
        const auto value = [&](const char* name) { return value_named(name, root, parsed, settings); };
        switch (words) {
            case Words::contexts:
                return contexts_of(settings.config);
            case Words::keys:
                return keys_of(root);
            case Words::tenants:
            case Words::devices:
                return broker_words ? broker_words(words, value("admin"), value("tenant")) : std::vector<Candidate>();
            default:
                return {};
        }
    };
}

void print_candidates(const Candidates& candidates, std::ostream& out) {
    for (const auto& [word, what] : candidates.words) out << one_line(word) << '\t' << one_line(what) << '\n';
    constexpr const char* rests[] = {":words", ":files", ":directories"};
    out << rests[static_cast<std::size_t>(candidates.rest)] << std::endl;
}

}  // namespace muster::cli

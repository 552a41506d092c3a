// SPDX-License-Identifier: Apache-2.0
// The words of a command line, sorted by command and flag: CLI11 does it, told of each command what is described of it.
#include "tree/parser.hpp"

#include "tree/property_words.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace muster::cli {
namespace {

constexpr auto keep_every_text = [](const CLI::results_t&) { return true; };

/// CLI11's tree of commands and flags beside ours, as far as the words name its commands. Nothing is required, converted or checked in it:
/// values may come from elsewhere, too (resolution.hpp). It knows no arguments without a name: it would split one that is written [a,b].
class Mirror {
public:
    Mirror(const Command& root, const std::vector<std::string>& words) : words_(words) {
        app_.set_help_flag();
        help_ = app_.add_flag("-h,--help");
        version_ = app_.add_flag("--version");
        add(root, app_);
    }

    Result<void> parse(std::vector<std::string> words) {
        if (words.empty()) return {};
        const std::string last = words.back();
        std::reverse(words.begin(), words.end());  // As CLI11 wants them.
        try {
            app_.parse(std::move(words));
            return {};
        } catch (const CLI::ArgumentMismatch&) {
            return Error{Code::invalid_argument, last + " needs a value"};  // A flag takes whatever follows it: it can only be the last.
        } catch (const CLI::ParseError& error) {
            return Error{Code::invalid_argument, error.what()};
        }
    }

    void tell(const Command& root, Parsed& parsed) const {
        parsed.command = &root;
        for (const CLI::App* app = &app_; !app->get_subcommands().empty();) {
            app = app->get_subcommands().front();
            parsed.command = commands_.at(app);
        }
        for (const auto& [option, mirrored] : options_) {
            if (mirrored->count() > 0) parsed.given[option] = mirrored->results();
        }
        parsed.wants_help = help_->count() > 0;
        parsed.wants_version = version_->count() > 0;
    }

    /// What is neither command nor flag nor a flag's value.
    [[nodiscard]] std::vector<std::string> others() const { return app_.remaining(true); }

private:
    void add(const Command& command, CLI::App& app) {
        commands_[&app] = &command;
        // One at most, or an argument that is called like a command would be taken for it.
        app.fallthrough()->allow_extras()->require_subcommand(0, 1);
        if (&app != &app_) app.set_help_flag();
        for (const auto& option : command.options()) {
            if (option->kind != Option::Kind::positional) options_[option.get()] = mirror(*option, app);
        }
        for (const auto& child : command.children()) {
            if (!is_named(*child)) continue;
            CLI::App& mirrored = *app.add_subcommand(child->name());
            for (const auto& alias : child->aliases()) mirrored.alias(alias);
            add(*child, mirrored);
        }
    }

    // Of the whole tree that would be most of what a start costs.
    [[nodiscard]] bool is_named(const Command& command) const {
        return std::any_of(words_.begin(), words_.end(), [&](const std::string& word) { return command.is_called(word); });
    }

    static CLI::Option* mirror(const Option& option, CLI::App& app) {
        std::string names = "--" + option.name;
        if (!option.short_name.empty()) names = "-" + option.short_name + "," + names;
        if (option.has_negation) names += ",!--no-" + option.name;
        CLI::Option* const mirrored = option.kind == Option::Kind::flag ? app.add_flag(names) : app.add_option(names, keep_every_text);
        // One text each time, or a list would swallow what follows; how often is not CLI11's to judge.
        return mirrored->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }

    const std::vector<std::string>& words_;
    CLI::App app_;
    CLI::Option* help_;
    CLI::Option* version_;
    std::map<const CLI::App*, const Command*> commands_;
    std::map<const Option*, CLI::Option*> options_;
};

// CLI11 takes --flag= for a flag without a value, and a bare -h for the host where that is what it means.
void spell_out(std::vector<std::string>& words) {
    if (!words.empty() && words.back() == "-h") words.back() = "--help";
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string& word = words[i];
        if (word.size() < 4 || word.rfind("--", 0) != 0 || word.find('=') + 1 != word.size()) continue;
        word.pop_back();
        words.insert(words.begin() + static_cast<std::ptrdiff_t>(++i), "");
    }
}

// To the first argument without a name that has room, or to none.
void take_positional(const std::string& word, Parsed& parsed) {
    const auto& options = parsed.command->options();
    const auto taker = std::find_if(options.begin(), options.end(), [&](const auto& option) {
        return option->kind == Option::Kind::positional && (option->is_repeatable || parsed.given.count(option.get()) == 0);
    });
    if (taker == options.end()) {
        parsed.strays.push_back({word, parsed.command});
    } else {
        parsed.given[taker->get()].push_back(word);
    }
}

bool is_like_a_flag(const std::string& word) {
    return word.size() > 1 && word.front() == '-';
}

}  // namespace

Result<void> parse_words(const Command& root, const std::vector<std::string>& words, Parsed& parsed) {
    const auto end = std::find(words.begin(), words.end(), "--");
    std::vector<std::string> before(words.begin() + 1, end);
    join_property_words(before);
    spell_out(before);
    Mirror mirror(root, words);
    auto understood = mirror.parse(std::move(before));
    mirror.tell(root, parsed);
    for (const auto& word : mirror.others()) {
        if (is_like_a_flag(word)) {
            parsed.strays.push_back({word, parsed.command});
        } else {
            take_positional(word, parsed);
        }
    }
    if (end != words.end()) std::for_each(end + 1, words.end(), [&](const std::string& word) { take_positional(word, parsed); });
    return understood;
}

}  // namespace muster::cli

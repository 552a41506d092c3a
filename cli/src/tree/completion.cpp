// SPDX-License-Identifier: Apache-2.0
// What could stand where the cursor is: commands, flags, and the words that a value may have.
#include "tree/completion.hpp"

#include "tree/settings.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace muster::cli {
namespace {

/// Whose value has which words. An empty command is every command.
struct Rule {
    std::string_view command;
    std::string_view option;
    Words words;
};

constexpr std::array rules{
    Rule{"", "context", Words::contexts},
    Rule{"", "tenant", Words::tenants},
    Rule{"", "identity", Words::directories},
    Rule{"", "credentials", Words::directories},
    Rule{"muster broker run", "state", Words::directories},
    Rule{"muster broker run", "ready-file", Words::files},
    Rule{"muster demo", "keep", Words::directories},
    Rule{"muster ca init", "DIR", Words::directories},
    Rule{"muster doctor", "TARGET", Words::directories},
    Rule{"muster tenant show", "NAME", Words::tenants},
    Rule{"muster tenant set", "NAME", Words::tenants},
    Rule{"muster tenant limits", "NAME", Words::tenants},
    Rule{"muster tenant delete", "NAME", Words::tenants},
    Rule{"muster tenant delete", "confirm", Words::tenants},
    Rule{"muster device show", "ID", Words::devices},
    Rule{"muster device renew", "ID", Words::devices},
    Rule{"muster device password", "ID", Words::devices},
    Rule{"muster device revoke", "ID", Words::devices},
    Rule{"muster device delete", "ID", Words::devices},
    Rule{"muster device approve", "ID", Words::devices},
    Rule{"muster device deny", "ID", Words::devices},
    Rule{"muster broker kick", "ID", Words::devices},
    Rule{"muster broker fault add", "client-id", Words::devices},
    Rule{"muster context create", "KEY=VALUE", Words::settings},
    Rule{"muster context use", "NAME", Words::contexts},
    Rule{"muster context show", "NAME", Words::contexts},
    Rule{"muster context delete", "NAME", Words::contexts},
    Rule{"muster config get", "KEY", Words::keys},
    Rule{"muster config set", "KEY", Words::keys},
    Rule{"muster config set", "VALUE", Words::value_of_key},
    Rule{"muster config unset", "KEY", Words::keys},
};

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// By what a value is called where nothing else says so: --out, --otp-file, --out-dir, --csr, FILE.
Words words_by_name(const Option& option) {
    static constexpr std::array<std::string_view, 7> files{"out", "csr", "file", "public-out", "p12", "cafile", "proof"};
    if (ends_with(option.name, "-dir")) return Words::directories;
    if (ends_with(option.name, "-file") || std::find(files.begin(), files.end(), option.name) != files.end()) return Words::files;
    if (option.type == "DIR") return Words::directories;
    static constexpr std::array<std::string_view, 7> types{"FILE", "FILE|-", "FILE|NAME", "FILE|URI", "CSV", "HTML", "JSON"};
    const bool is_path = std::find(types.begin(), types.end(), option.type) != types.end();
    return is_path || option.name == "FILE" ? Words::files : Words::none;
}

// The first option of that name anywhere in the tree: one name means one thing.
const Option* option_named(const Command& command, const std::string& name, const Command** where) {
    for (const auto& option : command.options()) {
        *where = &command;
        if (has_key(*option) && option->name == name) return option.get();
    }
    for (const auto& child : command.children()) {
        if (const Option* found = option_named(*child, name, where); found != nullptr) return found;
    }
    return nullptr;
}

const Command& root_of(const Command& command) {
    return command.parent() == nullptr ? command : root_of(*command.parent());
}

class Completer {
public:
    Completer(const Cursor& cursor, const WordSource& source)
        : cursor_(cursor), source_(source), command_(*cursor.parsed.command), before_(cursor.before), begun_(cursor.begun) {}

    Candidates all() {
        if (cursor_.value_of != nullptr) add_values(command_, *cursor_.value_of);
        const bool is_value = cursor_.value_of != nullptr && cursor_.value_of->kind == Option::Kind::value;
        if (is_value || cursor_.is_behind_dashes) return std::move(found_);
        const bool is_flag = begun_.rfind('-', 0) == 0;
        if (!is_flag) add_commands();
        // Where nothing else could stand, flags are shown unasked.
        if (is_flag || (found_.words.empty() && cursor_.value_of == nullptr)) add_flags();
        return std::move(found_);
    }

private:
    void add(const std::string& word, const std::string& what) {
        if (word.rfind(begun_, 0) != 0) return;
        const auto is_it = [&](const Candidate& known) { return known.word == before_ + word; };
        if (std::none_of(found_.words.begin(), found_.words.end(), is_it)) found_.words.push_back({before_ + word, what});
    }

    void add_commands() {
        for (const auto& child : command_.children()) {
            if (!child->is_hidden()) add(child->name(), child->what());
        }
    }

    // A command's own flags stand before the global ones.
    void add_flags() {
        for (const Command* level = &command_; level != nullptr; level = level->parent()) {
            for (const auto& option : level->options()) {
                const bool is_used = cursor_.parsed.given.count(option.get()) != 0 && !option->is_repeatable;
                if (option->kind != Option::Kind::positional && !is_used) add_flag(*option);
            }
        }
        add("--help", "Print this");
        if (command_.parent() == nullptr) add("--version", "Print which muster this is");
    }

    void add_flag(const Option& option) {
        if (!option.short_name.empty() && begun_ == "-" + option.short_name) add(begun_, option.what);
        add("--" + option.name, option.what);
        if (option.has_negation) add("--no-" + option.name, option.what);
    }

    void add_values(const Command& command, const Option& option) {
        switch (const Words words = words_for(command, option)) {
            case Words::none:
                break;
            case Words::in_tree:
                for (const auto& word : option.proposals) add(word, "");
                if (option.choices.empty() && words_by_name(option) == Words::files) found_.rest = Candidates::Rest::files;
                break;
            case Words::files:
                found_.rest = Candidates::Rest::files;
                break;
            case Words::directories:
                found_.rest = Candidates::Rest::directories;
                break;
            case Words::settings:
                add_settings();
                break;
            case Words::value_of_key:
                add_value_of_key();
                break;
            default:
                add_from_source(option, words);
        }
    }

    // What has been given before is not given again.
    void add_from_source(const Option& option, Words words) {
        const auto given = cursor_.parsed.given.find(&option);
        for (const auto& [word, what] : source_(words)) {
            const bool is_used =
                given != cursor_.parsed.given.end() && std::find(given->second.begin(), given->second.end(), word) != given->second.end();
            if (!is_used) add(word, what);
        }
    }

    // KEY=VALUE: the key first, then what its flag takes.
    void add_settings() {
        const std::size_t equals = begun_.find('=');
        if (equals == std::string::npos) {
            for (const auto& [key, what] : source_(Words::keys)) {
                if (key != "mode") add(key + "=", what);
            }
            return;
        }
        const std::string key = begun_.substr(0, equals);
        before_ += begun_.substr(0, equals + 1);
        begun_.erase(0, equals + 1);
        add_values_named(key);
    }

    void add_value_of_key() {
        for (const auto& [option, texts] : cursor_.parsed.given) {
            if (option->name == "KEY") add_values_named(texts.front());
        }
    }

    void add_values_named(const std::string& key) {
        const Command* where = nullptr;
        const Option* option = option_named(root_of(command_), key, &where);
        if (option == nullptr) return;
        if (option->kind == Option::Kind::flag) {
            add("true", "");
            add("false", "");
        } else {
            add_values(*where, *option);
        }
    }

    const Cursor& cursor_;
    const WordSource& source_;
    const Command& command_;
    std::string before_;
    std::string begun_;
    Candidates found_;
};

}  // namespace

Words words_for(const Command& command, const Option& option) {
    if (option.kind == Option::Kind::flag) return Words::none;
    if (!option.proposals.empty()) return Words::in_tree;
    const std::string path = command.path();
    for (const auto& rule : rules) {
        if (rule.option == option.name && (rule.command.empty() || rule.command == path)) return rule.words;
    }
    return words_by_name(option);
}

Candidates complete(const Cursor& cursor, const WordSource& source) {
    return Completer(cursor, source).all();
}

}  // namespace muster::cli

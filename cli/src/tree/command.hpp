// SPDX-License-Identifier: Apache-2.0
// Commands and their flags as data: what parsing, help, completion and the documentation are all made of.
#pragma once

#include "io.hpp"
#include "tree/value.hpp"

#include <any>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace muster::cli {

/// A flag or a positional argument. Its builders return it, so that they can follow one another.
struct Option {
    enum class Kind : std::uint8_t { flag, value, positional };
    /// Takes every text that was given, in order; a flag's are "true" or "false".
    using Set = std::function<Result<void>(const std::vector<std::string>&)>;
    using Check = std::function<Result<void>(const std::string&)>;
    /// Asked when the options before it have been set.
    using Condition = std::function<bool()>;

    Kind kind = Kind::value;
    std::string name;        ///< The long name without its dashes, or the positional's.
    std::string short_name;  ///< One letter, or empty.
    std::string what;
    std::string type;          ///< What stands for its value in the help.
    std::string default_text;  ///< What the field had at first.
    std::vector<std::string> choices;
    std::vector<std::string> proposals;  ///< Words that completion offers: the choices, or some of those that somebody else will judge.
    bool is_required = false;
    bool is_repeatable = false;
    bool shows_default = false;
    bool has_negation = false;        ///< --no-<name> exists.
    bool is_unsafe = false;           ///< Refused where the context is a production's.
    bool has_optional_value = false;  ///< A flag that may have one behind =.
    char delimiter = 0;               ///< Splits one text into several; 0: nothing does.
    std::string one_of_group;         ///< Exactly one option of a group must be given.
    std::string rival;                ///< An option that, on the command line, makes what variables and contexts say of this one not count.
    Condition is_said_only;           ///< Whether what variables and contexts say of it does not count. None: it does.
    bool is_behind_dashes = false;    ///< A positional's words stand behind --.
    std::vector<Check> checks;
    Set set;

    Option& required();
    /// A list's elements also in one text.
    Option& split_at(char separator);
    Option& show_default();
    Option& type_name(std::string name);
    Option& one_of(std::vector<std::string> allowed);
    /// Words that completion offers; others may be as right.
    Option& propose(std::vector<std::string> words);
    Option& range(std::int64_t least, std::int64_t most);
    /// As range(), of a number that need not be whole.
    Option& number_range(double least, double most);
    Option& in_group(std::string group);
    /// `other`: a long name without its dashes.
    Option& gives_way_to(std::string other);
    /// Only what the command line says counts: always, or where `when` says so.
    Option& said_only(Condition when = [] { return true; });
    Option& behind_dashes();
    Option& unsafe();

    /// As it is written: --name, or the positional's name.
    [[nodiscard]] std::string written() const;
    /// As apply(), but sets nothing.
    [[nodiscard]] Result<void> check(const std::vector<std::string>& texts) const;
    /// Splits, checks and sets. Fails with Code::invalid_argument, the message beginning with the flag.
    [[nodiscard]] Result<void> apply(const std::vector<std::string>& texts) const;
};

/// A command, or a group of them. Options and children live as long as it does.
class Command {
public:
    Command(std::string name, std::string what, Command* parent = nullptr);

    Command* add_child(const std::string& name, const std::string& what);
    /// `flags`: "--name", "-n,--name" or, for a positional, "NAME". A vector may be given more than once.
    template <class T>
    Option& add_option(const std::string& flags, T& target, const std::string& what);
    /// As add_option(), with what takes one text.
    Option& add_value(const std::string& flags, std::function<Result<void>(const std::string&)> set, const std::string& what);
    /// As add_value(), for each of several texts.
    Option& add_values(const std::string& flags, std::function<Result<void>(const std::string&)> set, const std::string& what);
    /// One of several words, each of which stands for a value.
    template <class T>
    Option& add_choice(const std::string& flags, T& target, std::vector<std::pair<std::string, T>> values, const std::string& what);
    Option& add_flag(const std::string& flags, bool& target, const std::string& what);
    Option& add_flag(const std::string& flags, std::function<void(bool)> set, const std::string& what);
    /// --name, or --name=VALUE: the text is empty without.
    Option& add_flag_with_value(const std::string& flags, std::optional<std::string>& target, const std::string& what);
    /// --name and --no-name: three states.
    Option& add_switch(const std::string& name, std::optional<bool>& target, const std::string& what);

    void notes(std::string text) { notes_ = std::move(text); }
    /// Command lines as a user would type them, one a line; help breaks those that are too long.
    void examples(std::string text);
    /// Another name for the same, of which completion and lists of commands say nothing.
    void alias(std::string name) { aliases_.push_back(std::move(name)); }
    /// -h means something else here; help is --help alone.
    void give_up_short_help() { has_short_help_ = false; }
    /// It changes something that others rely on: asked for first where the context is a production's.
    void mutates() { is_mutation_ = true; }
    /// What is wrong with the configuration is for it to tell, and no mistake of the words that it was called with.
    void examines_settings() { examines_settings_ = true; }
    /// It changes something and cannot tell before: --dry-run is refused.
    void has_no_dry_run() { is_never_dry_ = true; }
    /// It can be run, and is no group: `options` is the struct that its flags fill, as a std::shared_ptr. What runs it is in runs.hpp.
    void fills(std::any options) { filled_ = std::move(options); }

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& what() const { return what_; }
    [[nodiscard]] const std::string& notes() const { return notes_; }
    [[nodiscard]] const std::vector<std::string>& aliases() const { return aliases_; }
    [[nodiscard]] bool is_called(const std::string& name) const;
    /// What begins with __ is for programs, and in no help.
    [[nodiscard]] bool is_hidden() const { return name_.rfind("__", 0) == 0; }
    [[nodiscard]] const std::string& examples() const { return examples_; }
    [[nodiscard]] bool has_short_help() const { return has_short_help_; }
    [[nodiscard]] const Command* parent() const { return parent_; }
    [[nodiscard]] const std::vector<std::unique_ptr<Command>>& children() const { return children_; }
    [[nodiscard]] const std::vector<std::unique_ptr<Option>>& options() const { return options_; }
    /// From the program's name on: "muster device list".
    [[nodiscard]] std::string path() const;
    [[nodiscard]] bool is_mutation() const { return is_mutation_; }
    [[nodiscard]] bool is_examiner() const { return examines_settings_; }
    [[nodiscard]] bool is_never_dry() const { return is_never_dry_; }
    [[nodiscard]] bool is_group() const { return !filled_.has_value(); }
    [[nodiscard]] const std::any& filled() const { return filled_; }

private:
    Option& add(const std::string& flags, Option::Kind kind, const std::string& what);

    std::string name_;
    std::string what_;
    std::string notes_;
    std::string examples_;
    std::vector<std::string> aliases_;
    bool has_short_help_ = true;
    bool is_mutation_ = false;
    bool examines_settings_ = false;
    bool is_never_dry_ = false;
    Command* parent_;
    std::vector<std::unique_ptr<Command>> children_;
    std::vector<std::unique_ptr<Option>> options_;
    std::any filled_;
};

template <class T>
struct Element {
    using Type = T;
    static constexpr bool is_list = false;
};
template <class T>
struct Element<std::vector<T>> {
    using Type = T;
    static constexpr bool is_list = true;
};
template <class T>
struct Element<std::optional<T>> {
    using Type = T;
    static constexpr bool is_list = false;
};

template <class T>
Option& Command::add_option(const std::string& flags, T& target, const std::string& what) {
    const bool is_flag = flags.rfind('-', 0) == 0;
    Option& option = add(flags, is_flag ? Option::Kind::value : Option::Kind::positional, what);
    option.type = type_of<typename Element<T>::Type>();
    option.default_text = describe(target);
    option.is_repeatable = Element<T>::is_list;
    option.set = [&target](const std::vector<std::string>& texts) { return assign(target, texts); };
    return option;
}

template <class T>
Option& Command::add_choice(const std::string& flags, T& target, std::vector<std::pair<std::string, T>> values, const std::string& what) {
    Option& option = add(flags, Option::Kind::value, what);
    std::vector<std::string> words;
    for (const auto& [word, value] : values) {
        words.push_back(word);
        if (value == target) option.default_text = word;
    }
    option.one_of(std::move(words));
    option.set = [&target, values = std::move(values)](const std::vector<std::string>& texts) -> Result<void> {
        for (const auto& [word, value] : values) {
            if (word == texts.back()) target = value;
        }
        return {};
    };
    return option;
}

}  // namespace muster::cli

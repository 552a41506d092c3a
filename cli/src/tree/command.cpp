// SPDX-License-Identifier: Apache-2.0
// How commands and flags are described, and a flag's texts taken.
#include "tree/command.hpp"

#include "tree/suggestion.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace muster::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return text;
}

std::vector<std::string> split(const std::vector<std::string>& texts, char separator) {
    std::vector<std::string> parts;
    for (const auto& text : texts) {
        std::size_t begin = 0;
        for (std::size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, begin)) {
            parts.push_back(text.substr(begin, end - begin));
            begin = end + 1;
        }
        parts.push_back(text.substr(begin));
    }
    return parts;
}

}  // namespace

Option& Option::required() {
    is_required = true;
    return *this;
}

Option& Option::split_at(char separator) {
    delimiter = separator;
    return *this;
}

Option& Option::unsafe() {
    is_unsafe = true;
    return *this;
}

Option& Option::show_default() {
    shows_default = true;
    return *this;
}

Option& Option::type_name(std::string name_of_type) {
    type = std::move(name_of_type);
    return *this;
}

Option& Option::one_of(std::vector<std::string> allowed) {
    choices = std::move(allowed);
    proposals = choices;
    if (type.empty()) type = "WORD";
    checks.emplace_back([words = choices](const std::string& text) -> Result<void> {
        if (std::find(words.begin(), words.end(), text) != words.end()) return {};
        const std::string meant = nearest(text, words);
        return Error{Code::invalid_argument, "'" + text + "' is not " + joined(words), meant.empty() ? "" : "did you mean " + meant + "?"};
    });
    return *this;
}

Option& Option::propose(std::vector<std::string> words) {
    proposals = std::move(words);
    return *this;
}

Option& Option::range(std::int64_t least, std::int64_t most) {
    checks.emplace_back([least, most](const std::string& text) -> Result<void> {
        const auto number = parse_integer(text, least, most);
        return number ? Result<void>() : Result<void>(number.error());
    });
    return *this;
}

Option& Option::number_range(double least, double most) {
    checks.emplace_back([least, most](const std::string& text) -> Result<void> {
        const auto number = parse_number(text);
        if (!number) return number.error();
        if (*number >= least && *number <= most) return {};
        std::ostringstream message;
        message << std::fixed << std::setprecision(0) << "'" << text << "' is not from " << least << " to " << most;
        return Error{Code::invalid_argument, message.str()};
    });
    return *this;
}

Option& Option::in_group(std::string group) {
    one_of_group = std::move(group);
    return *this;
}

Option& Option::gives_way_to(std::string other) {
    rival = std::move(other);
    return *this;
}

Option& Option::said_only(Condition when) {
    is_said_only = std::move(when);
    return *this;
}

Option& Option::behind_dashes() {
    is_behind_dashes = true;
    return *this;
}

std::string Option::written() const {
    return kind == Kind::positional ? name : "--" + name;
}

Result<void> Option::check(const std::vector<std::string>& texts) const {
    for (const auto& text : delimiter == 0 ? texts : split(texts, delimiter)) {
        for (const auto& check_one : checks) {
            if (auto checked = check_one(text); !checked) return std::move(checked).error().in(written());
        }
    }
    return {};
}

Result<void> Option::apply(const std::vector<std::string>& texts) const {
    if (auto checked = check(texts); !checked) return checked;
    auto done = set(delimiter == 0 ? texts : split(texts, delimiter));
    return done ? Result<void>() : Result<void>(std::move(done).error().in(written()));
}

Command::Command(std::string name, std::string what, Command* parent) : name_(std::move(name)), what_(std::move(what)), parent_(parent) {}

Command* Command::add_child(const std::string& name, const std::string& what) {
    return children_.emplace_back(std::make_unique<Command>(name, what, this)).get();
}

Option& Command::add(const std::string& flags, Option::Kind kind, const std::string& what) {
    Option& option = *options_.emplace_back(std::make_unique<Option>());
    option.kind = kind;
    option.what = what;
    for (const auto& flag : split({flags}, ',')) {
        if (flag.rfind("--", 0) == 0) {
            option.name = flag.substr(2);
        } else if (flag.front() == '-') {
            option.short_name = flag.substr(1);
        } else {
            option.name = flag;
        }
    }
    return option;
}

Option& Command::add_value(const std::string& flags, std::function<Result<void>(const std::string&)> set, const std::string& what) {
    const bool is_flag = flags.rfind('-', 0) == 0;
    Option& option = add(flags, is_flag ? Option::Kind::value : Option::Kind::positional, what);
    option.type = "TEXT";
    option.set = [set = std::move(set)](const std::vector<std::string>& texts) { return set(texts.back()); };
    return option;
}

Option& Command::add_values(const std::string& flags, std::function<Result<void>(const std::string&)> set, const std::string& what) {
    Option& option = add_value(flags, nullptr, what);
    option.is_repeatable = true;
    option.set = [set = std::move(set)](const std::vector<std::string>& texts) -> Result<void> {
        for (const auto& text : texts) {
            if (auto done = set(text); !done) return done;
        }
        return {};
    };
    return option;
}

Option& Command::add_flag(const std::string& flags, bool& target, const std::string& what) {
    return add_flag(
        flags, [&target](bool given) { target = given; }, what);
}

Option& Command::add_flag(const std::string& flags, std::function<void(bool)> set, const std::string& what) {
    Option& option = add(flags, Option::Kind::flag, what);
    option.set = [set = std::move(set)](const std::vector<std::string>& texts) -> Result<void> {
        const auto given = parse_switch(texts.back());
        if (!given) return given.error();
        set(*given);
        return {};
    };
    return option;
}

Option& Command::add_flag_with_value(const std::string& flags, std::optional<std::string>& target, const std::string& what) {
    Option& option = add(flags, Option::Kind::flag, what);
    option.has_optional_value = true;
    option.set = [&target](const std::vector<std::string>& texts) -> Result<void> {
        const auto is_on = parse_switch(texts.back());
        target.reset();
        if (!is_on) target = texts.back();
        if (is_on && *is_on) target = "";
        return {};
    };
    return option;
}

Option& Command::add_switch(const std::string& name, std::optional<bool>& target, const std::string& what) {
    Option& option = add_flag(
        "--" + name, [&target](bool given) { target = given; }, what);
    option.has_negation = true;
    return option;
}

void Command::examples(std::string text) {
    // As it is written in a page, with its continuations, or in one line.
    for (std::size_t at = text.find("\\\n"); at != std::string::npos; at = text.find("\\\n", at)) {
        const std::size_t next = text.find_first_not_of(' ', at + 2);
        text.erase(at, next - at);
    }
    examples_ = std::move(text);
}

bool Command::is_called(const std::string& name) const {
    return name == name_ || std::find(aliases_.begin(), aliases_.end(), name) != aliases_.end();
}

std::string Command::path() const {
    return parent_ == nullptr ? name_ : parent_->path() + " " + name_;
}

}  // namespace muster::cli

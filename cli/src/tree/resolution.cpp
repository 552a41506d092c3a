// SPDX-License-Identifier: Apache-2.0
// Where each flag's value comes from.
#include "tree/resolution.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace muster::cli {
namespace {

// What is wrong in the environment is not on the command line to be seen: it is named.
Error explain(Error error, const Origin& origin) {
    if (origin.source == Origin::Source::command_line) return error;
    if (origin.source == Origin::Source::context) return std::move(error).in("context " + origin.where);
    return std::move(error).in(origin.where);
}

std::string join_members(const Command& command, const std::string& group) {
    std::string text;
    for (const auto& option : command.options()) {
        if (option->one_of_group == group) text += (text.empty() ? "" : ", ") + option->written();
    }
    return text;
}

// A command's own flag stands for a global one of that name.
bool has_flag(const Command& command, const Option& wanted) {
    const auto& options = command.options();
    return std::any_of(options.begin(), options.end(),
                       [&](const auto& option) { return option->kind != Option::Kind::positional && option->name == wanted.name; });
}

}  // namespace

std::string environment_name(const Option& option) {
    if (option.kind == Option::Kind::positional) return {};
    std::string name = "MUSTER_";
    for (const char c : option.name) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

// One that was given on the command line stands for its whole group, and one in the environment for those in the context.
bool Resolution::is_outranked(const Option& option) const {
    return std::any_of(parsed_.given.begin(), parsed_.given.end(), [&option](const auto& entry) {
        const Option& given = *entry.first;
        const bool is_of_group = !option.one_of_group.empty() && given.one_of_group == option.one_of_group && &given != &option;
        return is_of_group || (!option.rival.empty() && given.name == option.rival);
    });
}

std::optional<Origin> Resolution::origin_of(const Option& option) const {
    const auto given = parsed_.given.find(&option);
    if (given != parsed_.given.end()) return Origin{Origin::Source::command_line, option.written(), given->second};
    if (is_outranked(option) || (option.is_said_only && option.is_said_only())) return std::nullopt;
    const std::string name = environment_name(option);
    if (name.empty()) return std::nullopt;
    const char* value = std::getenv(name.c_str());
    if (value != nullptr && *value != '\0') return Origin{Origin::Source::environment, name, {value}};
    if (context_ == nullptr || !has_key(option)) return std::nullopt;
    const auto kept = context_->values.find(option.name);
    if (kept == context_->values.end()) return std::nullopt;
    return Origin{Origin::Source::context, context_->name + ", " + kept->second.where, kept->second.texts};
}

std::vector<const Option*> Resolution::options() const {
    std::vector<const Command*> levels;
    for (const Command* level = parsed_.command; level != nullptr; level = level->parent()) levels.insert(levels.begin(), level);
    std::vector<const Option*> options;
    for (auto level = levels.begin(); level != levels.end(); ++level) {
        for (const auto& option : (*level)->options()) {
            const auto is_shadowing = [&](const Command* deeper) { return has_flag(*deeper, *option); };
            if (std::none_of(level + 1, levels.end(), is_shadowing)) options.push_back(option.get());
        }
    }
    return options;
}

std::vector<std::string> Resolution::describe() const {
    std::vector<std::string> lines;
    for (const Option* option : options()) {
        const auto origin = origin_of(*option);
        if (!origin || origin->source == Origin::Source::command_line) continue;
        std::string line = option->written();
        for (const auto& text : origin->texts) line += " " + text;
        lines.push_back(line + " (from " + origin->where + ")");
    }
    return lines;
}

Result<void> Resolution::apply() const {
    for (const Option* option : options()) {
        if (auto applied = apply_option(*option); !applied) return applied;
    }
    return check_groups();
}

Result<void> Resolution::apply_option(const Option& option) const {
    const auto origin = origin_of(option);
    if (origin) {
        // A list in a context; more of a flag on the command line are as many values, of which the last counts.
        if (origin->source == Origin::Source::context && origin->texts.size() > 1 && !option.is_repeatable) {
            const Error list{Code::invalid_argument,
                             option.written() + ": a list of " + std::to_string(origin->texts.size()) + " values, where one is expected",
                             "keep one of them: muster config set " + option.name + " VALUE"};
            return explain(list, *origin);
        }
        auto applied = option.apply(origin->texts);
        return applied ? Result<void>() : Result<void>(explain(std::move(applied).error(), *origin));
    }
    if (option.is_required) return Error{Code::invalid_argument, option.written() + " is required"};
    return {};
}

Result<void> Resolution::check_groups() const {
    std::map<std::string, int> groups;
    for (const auto& option : parsed_.command->options()) {
        if (!option->one_of_group.empty()) groups[option->one_of_group] += origin_of(*option) ? 1 : 0;
    }
    for (const auto& [group, members] : groups) {
        if (members == 1) continue;
        const std::string all = join_members(*parsed_.command, group);
        return Error{Code::invalid_argument, members == 0 ? "one of " + all + " is required" : "only one of " + all + " can be given"};
    }
    return {};
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// `muster config`: the keys of a context, and which value counts.
#include "commands/config.hpp"

#include "config/edit.hpp"
#include "consent.hpp"
#include "output/records.hpp"

#include <algorithm>
#include <map>

namespace muster::cli {
namespace {

std::string joined(const std::vector<std::string>& texts) {
    std::string line;
    for (const auto& text : texts) line += (line.empty() ? "" : ",") + text;
    return line;
}

// The context whose keys are changed.
Result<std::string> changed_context(const ConfigScene& scene) {
    if (scene.settings.context != nullptr) return scene.settings.context->name;
    return Error{Code::invalid_argument, "no context is in use", "muster context create NAME, or give --context NAME"};
}

Result<void> change_key(const ConfigScene& scene, const std::string& key, const std::vector<std::string>& values, bool is_list) {
    const auto context = changed_context(scene);
    if (!context) return context.error();
    return rewrite_config(scene, [&](const std::string& text, const std::string& name) {
        return change_config(text, {{"contexts", *context, key}, values, is_list}, name);
    });
}

// Of commands that mean different things by a flag, one must take it.
Result<void> check_values(const std::vector<const Option*>& options, const std::vector<std::string>& values) {
    Result<void> checked;
    for (const Option* option : options) {
        checked = option->check(values);
        if (checked) break;
    }
    return checked;
}

// Every key once, with the option that says what it is.
void collect(const Command& command, std::map<std::string, const Option*>& options) {
    for (const auto& option : command.options()) {
        if (option->kind != Option::Kind::positional) options.emplace(option->name, option.get());
    }
    for (const auto& child : command.children()) collect(*child, options);
}

const char* name_of(Origin::Source source) {
    switch (source) {
        case Origin::Source::command_line:
            return "flag";
        case Origin::Source::environment:
            return "env";
        case Origin::Source::context:
            break;
    }
    return "context";
}

nlohmann::json record_of(const std::string& key, const Option& option, const std::optional<Origin>& origin) {
    if (!origin) return {{"key", key}, {"value", option.default_text}, {"source", "built-in"}, {"where", nullptr}};
    return {{"key", key}, {"value", joined(origin->texts)}, {"source", name_of(origin->source)}, {"where", origin->where}};
}

}  // namespace

Exit run_config_get(const ConfigKeyOptions& options, const ConfigScene& scene, Io& io) {
    if (options.key == "mode" && scene.settings.context != nullptr) {
        io.out << (scene.settings.context->is_production ? "prod" : "dev") << std::endl;
        return Exit::ok;
    }
    const auto found = find_key(scene.root, options.key);
    if (!found) return io.fail(found.error());
    const Option* option = found->front();
    const auto origin = Resolution(scene.parsed, scene.settings.context).origin_of(*option);
    if (!origin) return io.fail(Error{Code::not_found, options.key + " is not set", "muster config set " + options.key + " VALUE"});
    return print_record(io, record_of(options.key, *option, origin), {"value", {}}, [&](std::ostream& out) {
        for (const auto& text : origin->texts) out << text << '\n';
    });
}

Exit run_config_set(const ConfigKeyOptions& options, const ConfigScene& scene, Io& io) {
    bool is_list = false;
    if (options.key != "mode") {
        const auto found = find_key(scene.root, options.key);
        if (!found) return io.fail(found.error());
        // pub has one topic, sub several: what one of them can take may be kept.
        is_list = options.values.size() > 1 &&
                  std::any_of(found->begin(), found->end(), [](const Option* option) { return option->is_repeatable; });
        if (const auto checked = check_values(*found, options.values); !checked) return io.fail(checked.error());
    }
    if (options.values.size() > 1 && !is_list)
        return io.fail(
            Error{Code::invalid_argument, options.key + " has one value, and " + std::to_string(options.values.size()) + " are given"});
    if (io.is_dry_run) {
        if (const auto context = changed_context(scene); !context) return io.fail(context.error());
    }
    if (const auto end = stop_before(io, "set " + options.key)) return *end;
    const auto changed = change_key(scene, options.key, options.values, is_list);
    if (!changed) return io.fail(changed.error());
    io.say(options.key + " is set in " + scene.settings.context->name);
    return Exit::ok;
}

Exit run_config_unset(const ConfigKeyOptions& options, const ConfigScene& scene, Io& io) {
    if (options.key != "mode") {
        if (const auto found = find_key(scene.root, options.key); !found) return io.fail(found.error());
    }
    if (io.is_dry_run) {
        if (const auto context = changed_context(scene); !context) return io.fail(context.error());
    }
    if (const auto end = stop_before(io, "unset " + options.key)) return *end;
    const auto changed = change_key(scene, options.key, {}, false);
    if (!changed) return io.fail(changed.error());
    io.say(options.key + " is no more set in " + scene.settings.context->name);
    return Exit::ok;
}

Exit run_config_list(const ConfigListOptions& options, const ConfigScene& scene, Io& io) {
    std::map<std::string, const Option*> keys;
    collect(scene.root, keys);
    const Resolution resolution(scene.parsed, scene.settings.context);
    auto list = nlohmann::json::array();
    for (const auto& [key, option] : keys) {
        const auto origin = resolution.origin_of(*option);
        const bool is_shown = origin.has_value() || (options.shows_origin && !option->default_text.empty());
        if (is_shown) list.push_back(record_of(key, *option, origin));
    }
    if (options.shows_origin)
        return print_list(io, list, {"key", {{"KEY", "key"}, {"VALUE", "value"}, {"SOURCE", "source"}, {"WHERE", "where"}}});
    return print_list(io, list, {"key", {{"KEY", "key"}, {"VALUE", "value"}}});
}

Exit run_config_path(const ConfigScene& scene, Io& io) {
    io.out << scene.settings.files.written.string() << std::endl;
    return Exit::ok;
}

}  // namespace muster::cli

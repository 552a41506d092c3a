// SPDX-License-Identifier: Apache-2.0
// `muster context`: which contexts there are, and which is used.
#include "commands/config.hpp"
#include "config/edit.hpp"
#include "consent.hpp"
#include "output/records.hpp"

namespace muster::cli {
namespace {

nlohmann::json value_of(const ConfigValue& value) {
    return value.texts.size() == 1 ? nlohmann::json(value.texts.front()) : nlohmann::json(value.texts);
}

nlohmann::json record_of(const Context& context, const Settings& settings) {
    auto values = nlohmann::json::object();
    for (const auto& [key, value] : context.values) values[key] = value_of(value);
    return {{"name", context.name},
            {"current", settings.config.current == context.name},
            {"mode", context.is_production ? "prod" : "dev"},
            {"file", context.file.string()},
            {"values", values}};
}

View view() {
    return {"name", {{"NAME", "name"}, {"CURRENT", "current"}, {"MODE", "mode"}, {"FILE", "file"}, {"VALUES", "values", true}}};
}

// KEY=VALUE, one after the other.
Result<std::string> with_values(std::string text, const ContextCreateOptions& options, const ConfigScene& scene, const std::string& name) {
    for (const auto& pair : options.values) {
        const auto equals = pair.find('=');
        if (equals == std::string::npos || equals == 0) return Error{Code::invalid_argument, "'" + pair + "' is not KEY=VALUE"};
        const auto options_of_key = find_key(scene.root, pair.substr(0, equals));
        if (!options_of_key) return options_of_key.error();
        const Option* option = options_of_key->front();
        auto changed = change_config(text, {{"contexts", options.name, option->name}, {pair.substr(equals + 1)}, false}, name);
        if (!changed) return changed;
        text = std::move(*changed);
    }
    return text;
}

Result<std::string> with_context(const std::string& text, const ContextCreateOptions& options, const ConfigScene& scene,
                                 const std::string& name) {
    auto made = with_values(add_context(text, options.name), options, scene, name);
    if (made && !options.mode.empty()) made = change_config(*made, {{"contexts", options.name, "mode"}, {options.mode}, false}, name);
    const bool is_first = scene.settings.config.current.empty();
    if (made && (options.is_used || is_first)) made = change_config(*made, {{"context"}, {options.name}, false}, name);
    return made;
}

}  // namespace

Exit run_context_create(const ContextCreateOptions& options, const ConfigScene& scene, Io& io) {
    if (scene.settings.config.contexts.count(options.name) > 0)
        return io.fail(Error{Code::conflict, "there is a context '" + options.name + "' already", "muster config set changes its keys"});
    if (const auto end = stop_before(io, "make context " + options.name)) return *end;
    const auto written =
        rewrite_config(scene, [&](const std::string& text, const std::string& name) { return with_context(text, options, scene, name); });
    if (!written) return io.fail(written.error());
    io.say("Context   " + options.name + "  created in " + scene.settings.files.written.string());
    return Exit::ok;
}

Exit run_context_list(const ConfigScene& scene, Io& io) {
    auto list = nlohmann::json::array();
    for (const auto& [name, context] : scene.settings.config.contexts) list.push_back(record_of(context, scene.settings));
    return print_list(io, list, view());
}

Exit run_context_use(const ContextNameOptions& options, const ConfigScene& scene, Io& io) {
    if (const auto found = find_context(scene.settings.config, options.name); !found) return io.fail(found.error());
    if (const auto end = stop_before(io, "use context " + options.name)) return *end;
    const auto written = rewrite_config(scene, [&](const std::string& text, const std::string& name) {
        return change_config(text, {{"context"}, {options.name}, false}, name);
    });
    if (!written) return io.fail(written.error());
    io.say("Context   " + options.name + "  in use");
    return Exit::ok;
}

Exit run_context_show(const ContextNameOptions& options, const ConfigScene& scene, Io& io) {
    const Context* context = scene.settings.context;
    if (!options.name.empty()) {
        const auto found = find_context(scene.settings.config, options.name);
        if (!found) return io.fail(found.error());
        context = *found;
    }
    if (context == nullptr) return io.fail(Error{Code::not_found, "no context is in use", "muster context use NAME"});
    return print_record(io, record_of(*context, scene.settings), view(), [&](std::ostream& out) {
        Table table({"KEY", "VALUE"});
        table.add({"name", context->name});
        table.add({"mode", context->is_production ? "prod" : "dev"});
        for (const auto& [key, value] : context->values) {
            for (const auto& text : value.texts) table.add({key, text});
        }
        table.print(out, style_of(io));
    });
}

Exit run_context_delete(const ContextNameOptions& options, const ConfigScene& scene, Io& io) {
    const auto found = find_context(scene.settings.config, options.name);
    if (!found) return io.fail(found.error());
    if ((*found)->file != scene.settings.files.written)
        return io.fail(Error{Code::rejected, options.name + " is in " + (*found)->file.string(), "delete it there"});
    if (const auto end = stop_before_loss(io, "delete context " + options.name)) return *end;
    const auto written = rewrite_config(scene, [&](const std::string& text, const std::string& name) {
        auto left = remove_context(text, options.name, name);
        const bool is_current = scene.settings.config.current == options.name;
        return left && is_current ? change_config(*left, {{"context"}, {}, false}, name) : left;
    });
    if (!written) return io.fail(written.error());
    io.say("Context   " + options.name + "  deleted");
    return Exit::ok;
}

}  // namespace muster::cli

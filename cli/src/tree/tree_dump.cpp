// SPDX-License-Identifier: Apache-2.0
// The tree as JSON, for tests, completion and documentation. Its command begins with __ and is in no help.
#include "commands/config.hpp"
#include "output/records.hpp"
#include "tree/resolution.hpp"
#include "tree/topics.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

using Json = nlohmann::json;

Json or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

const char* name_of(Option::Kind kind) {
    switch (kind) {
        case Option::Kind::flag:
            return "flag";
        case Option::Kind::value:
            return "value";
        case Option::Kind::positional:
            break;
    }
    return "positional";
}

Json describe(const Option& option) {
    return {{"kind", name_of(option.kind)},
            {"name", option.name},
            {"short", or_null(option.short_name)},
            {"what", option.what},
            {"type", or_null(option.type)},
            {"default", or_null(option.default_text)},
            {"choices", option.choices},
            {"required", option.is_required},
            {"repeatable", option.is_repeatable},
            {"behind_dashes", option.is_behind_dashes},
            {"negatable", option.has_negation},
            {"is_checked", !option.checks.empty() || (option.kind == Option::Kind::flag && !option.has_optional_value)},
            {"one_of_group", or_null(option.one_of_group)},
            {"environment", or_null(environment_name(option))},
            {"key", has_key(option) ? Json(option.name) : Json()}};
}

Json describe(const Command& command) {
    Json options = Json::array();
    for (const auto& option : command.options()) options.push_back(describe(*option));
    Json commands = Json::array();
    for (const auto& child : command.children()) {
        if (!child->is_hidden()) commands.push_back(describe(*child));
    }
    return {{"name", command.name()},
            {"path", command.path()},
            {"what", command.what()},
            {"notes", or_null(command.notes())},
            {"examples", command.examples()},
            {"aliases", command.aliases()},
            {"is_group", command.is_group()},
            {"mutates", command.is_mutation()},
            {"has_dry_run", !command.is_never_dry()},
            {"options", options},
            {"commands", commands}};
}

}  // namespace

void add_dump_command(Command& root) {
    add_command(root, "__tree", "The commands as JSON");
}

Exit run_dump(const ConfigScene& scene, Io& io) {
    Json tree = describe(scene.root);
    for (const auto& topic : topics()) tree["topics"].push_back({{"name", topic.name}, {"what", topic.what}, {"text", topic.text}});
    io.out << tree.dump(2, ' ', false, Json::error_handler_t::replace) << std::endl;
    return Exit::ok;
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// The flags of context and config.
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

template <class Options>
auto with_scene(const ConfigScene& scene, Exit (*run)(const Options&, const ConfigScene&, Io&)) {
    return [run, &scene](const Options& options, Io& io) { return run(options, scene, io); };
}

void add_context_commands(Command& context, const ConfigScene& scene) {
    add_command<ContextCreateOptions>(
        context, "create", "Create a context; the first is used from then on",
        [](Command& command, ContextCreateOptions& options) {
            command.add_option("NAME", options.name, "Its name").required();
            command.add_option("KEY=VALUE", options.values, "What it is to have: the long name of a flag, and its value");
            command.add_option("--mode", options.mode, "prod: what changes something asks first").one_of({"dev", "prod"}).type_name("MODE");
            command.add_flag("--use", options.is_used, "Use it from now on");
            command.examples("muster context create lab host=mqtts://broker.example:8883 tenant=acme cafile=/etc/muster/ca.pem");
        },
        with_scene(scene, &run_context_create));
    context.add_child("list", "List the contexts")->runs([&scene](Io& io) { return run_context_list(scene, io); });
    add_command<ContextNameOptions>(
        context, "use", "Use a context from now on",
        [](Command& command, ContextNameOptions& options) {
            command.add_option("NAME", options.name, "The context").required();
            command.examples("muster context use lab");
        },
        with_scene(scene, &run_context_use));
    add_command<ContextNameOptions>(
        context, "show", "Show what a context has",
        [](Command& command, ContextNameOptions& options) {
            command.add_option("NAME", options.name, "The context (default: the one in use)");
            command.examples("muster context show lab");
        },
        with_scene(scene, &run_context_show));
    add_command<ContextNameOptions>(
        context, "delete", "Delete a context",
        [](Command& command, ContextNameOptions& options) {
            command.add_option("NAME", options.name, "The context").required();
            command.examples("muster context delete lab");
        },
        with_scene(scene, &run_context_delete));
}

}  // namespace

void add_config_commands(Command& root, const ConfigScene& scene) {
    add_context_commands(*add_group(root, "context", "Named sets of flags' values, one of which is in use"), scene);
    Command* config = add_group(root, "config", "The keys of the context in use, and where each flag's value comes from");
    add_command<ConfigKeyOptions>(
        *config, "get", "Print the value that counts for a key",
        [](Command& command, ConfigKeyOptions& options) {
            command.add_option("KEY", options.key, "The long name of a flag, or mode").required();
            command.examples("muster config get host");
        },
        with_scene(scene, &run_config_get));
    add_command<ConfigKeyOptions>(
        *config, "set", "Set a key of the context in use, in the user's file",
        [](Command& command, ConfigKeyOptions& options) {
            command.add_option("KEY", options.key, "The long name of a flag, or mode").required();
            command.add_option("VALUE", options.values, "Its value; several for a flag that may be repeated").required();
            command.examples("muster config set tenant acme\nmuster config set mode prod --context plant");
        },
        with_scene(scene, &run_config_set));
    add_command<ConfigKeyOptions>(
        *config, "unset", "Remove a key from the context in use",
        [](Command& command, ConfigKeyOptions& options) {
            command.add_option("KEY", options.key, "The key").required();
            command.examples("muster config unset tenant");
        },
        with_scene(scene, &run_config_unset));
    add_command<ConfigListOptions>(
        *config, "list", "List the values that count",
        [](Command& command, ConfigListOptions& options) {
            command.add_flag("--show-origin", options.shows_origin, "With where each comes from, and what is built in");
            command.examples("muster config list --show-origin");
        },
        with_scene(scene, &run_config_list));
    config->add_child("path", "Print which file is written")->runs([&scene](Io& io) { return run_config_path(scene, io); });
}

}  // namespace muster::cli

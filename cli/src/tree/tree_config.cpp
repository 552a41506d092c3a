// SPDX-License-Identifier: Apache-2.0
// The flags of context and config.
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

void add_context_commands(Command& context) {
    add_command<ContextCreateOptions>(
        context, "create", "Create a context; the first is used from then on", [](Command& command, ContextCreateOptions& options) {
            command.add_option("NAME", options.name, "Its name").required();
            command.add_option("KEY=VALUE", options.values, "What it is to have: the long name of a flag, and its value");
            command.add_option("--mode", options.mode, "prod: what changes something asks first").one_of({"dev", "prod"}).type_name("MODE");
            command.add_flag("--use", options.is_used, "Use it from now on");
            command.examples("muster context create lab host=mqtts://broker.example:8883 tenant=acme cafile=/etc/muster/ca.pem");
        });
    add_command(context, "list", "List the contexts")->examples("muster context list");
    add_command<ContextNameOptions>(context, "use", "Use a context from now on", [](Command& command, ContextNameOptions& options) {
        command.add_option("NAME", options.name, "The context").required();
        command.examples("muster context use lab");
    });
    add_command<ContextNameOptions>(context, "show", "Show what a context has", [](Command& command, ContextNameOptions& options) {
        command.add_option("NAME", options.name, "The context (default: the one in use)");
        command.examples("muster context show lab");
    });
    add_command<ContextNameOptions>(context, "delete", "Delete a context", [](Command& command, ContextNameOptions& options) {
        command.add_option("NAME", options.name, "The context").required();
        command.examples("muster context delete lab --yes");
    });
}

}  // namespace

void add_config_commands(Command& root) {
    Command* context = add_group(root, "context", "Named sets of flags' values, one of which is in use");
    context->examples("muster context create lab host=mqtts://broker.example:8883 tenant=acme\nmuster context use lab");
    add_context_commands(*context);
    Command* config = add_group(root, "config", "The keys of the context in use, and where each flag's value comes from");
    config->examples("muster config set tenant acme\nmuster config list --show-origin");
    add_command<ConfigKeyOptions>(*config, "get", "Print the value that counts for a key", [](Command& command, ConfigKeyOptions& options) {
        command.add_option("KEY", options.key, "The long name of a flag, or mode").required();
        command.examples("muster config get host");
    });
    add_command<ConfigKeyOptions>(
        *config, "set", "Set a key of the context in use, in the user's file", [](Command& command, ConfigKeyOptions& options) {
            command.add_option("KEY", options.key, "The long name of a flag, or mode").required();
            command.add_option("VALUE", options.values, "Its value; several for a flag that may be repeated").required();
            command.examples("muster config set tenant acme\nmuster config set mode prod --context plant");
        });
    add_command<ConfigKeyOptions>(*config, "unset", "Remove a key from the context in use",
                                  [](Command& command, ConfigKeyOptions& options) {
                                      command.add_option("KEY", options.key, "The key").required();
                                      command.examples("muster config unset tenant");
                                  });
    add_command<ConfigListOptions>(*config, "list", "List the values that count", [](Command& command, ConfigListOptions& options) {
        command.add_flag("--show-origin", options.shows_origin, "With where each comes from, and what is built in");
        command.examples("muster config list --show-origin");
    });
    add_command(*config, "path", "Print which file is written")->examples("muster config path");
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// The commands that the program runs by itself: those that need the tree and the configuration only.
#include "commands/commands.hpp"
#include "commands/completion.hpp"
#include "commands/config.hpp"
#include "commands/runs.hpp"

namespace muster::cli {

Exit run_dump(const ConfigScene& scene, Io& io);  // __tree

namespace {

// Tree::run() has printed it: what is left here are words that it did not take.
Exit run_help(Io& /*io*/) {
    return Exit::ok;
}

}  // namespace

void add_light_runs(Runs& runs) {
    runs.add("muster help", &run_help);
    runs.add("muster version", &run_version);
    runs.add("muster completion", &run_completion);
    runs.add("muster __tree", &run_dump);
    runs.add("muster context create", &run_context_create);
    runs.add("muster context list", &run_context_list);
    runs.add("muster context use", &run_context_use);
    runs.add("muster context show", &run_context_show);
    runs.add("muster context delete", &run_context_delete);
    runs.add("muster config get", &run_config_get);
    runs.add("muster config set", &run_config_set);
    runs.add("muster config unset", &run_config_unset);
    runs.add("muster config list", &run_config_list);
    runs.add("muster config path", &run_config_path);
}

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// The root of the command tree, its global flags, and what becomes of a command line.
#include "tree/tree.hpp"

#include "terminal.hpp"
#include "time_limit.hpp"
#include "tree/help.hpp"
#include "tree/mistakes.hpp"
#include "tree/resolution.hpp"

#include <muster/version.hpp>

#include <algorithm>
#include <fstream>

namespace muster::cli {

void add_dump_command(Command& root);  // __tree

namespace {

constexpr std::size_t default_width = 80;
constexpr std::size_t widest_help = 100;  // Longer lines are hard to read.

// What is wrong with the words as a whole.
Result<void> check_words(const Parsed& parsed) {
    if (!parsed.strays.empty()) return explain_stray(parsed);
    if (parsed.command->is_group()) {
        return Error{Code::invalid_argument, "a subcommand of " + parsed.command->path() + " is required",
                     "see " + parsed.command->path() + " --help"};
    }
    return {};
}

Exit report(Error error, const Command& command, const Io& io) {
    if (error.hint().empty()) error = Error{error.code(), error.message(), "see " + command.path() + " --help"};
    const Exit exit = io.fail(error);
    // Its exit codes are systemd's, see docs/reference/exit-codes.md.
    return command.name() == "needs-renewal" ? Exit::condition_failed : exit;
}

}  // namespace

Command* add_group(Command& parent, const char* name, const char* what) {
    return parent.add_child(name, what);
}

Tree::Tree() {
    add_global_options(root_, globals_);
    add_pki_commands(root_);
    add_fleet_commands(root_);
    add_ca_commands(root_);
    add_broker_commands(root_);
    add_mqtt_commands(root_);
    add_bench_commands(root_);
    add_config_commands(root_, scene_);
    add_dump_command(root_);
    root_.add_child("version", "Which muster this is")->runs(&run_version);
}

// Which files and which context are flags themselves, and come from no context.
Result<void> Tree::load_settings() {
    const Resolution resolution(parsed_);
    for (const auto& option : root_.options()) {
        const auto origin = has_key(*option) ? std::nullopt : resolution.origin_of(*option);
        if (!origin) continue;
        if (auto applied = option->apply(origin->texts); !applied) return applied;
    }
    // A context is made, changed and chosen with these, so that they do without.
    const Command* group = parsed_.command->parent();
    const bool does_without = group != nullptr && (group->name() == "context" || group->name() == "config");
    settings_.files = config_files(globals_.config);
    auto config = load_config(settings_.files, !globals_.config.empty() && !does_without, known_keys(root_));
    if (!config) return std::move(config).error();
    settings_.config = std::move(*config);
    const std::string& name = globals_.context.empty() ? settings_.config.current : globals_.context;
    if (name.empty()) return {};
    const auto found = find_context(settings_.config, name);
    if (found) settings_.context = *found;
    if (found || (does_without && globals_.context.empty())) return {};
    if (!globals_.context.empty()) return found.error();
    return found.error().in(settings_.config.current_where);
}

// What is about to be changed there is shown, and must be wanted.
Result<void> Tree::check_production(Io& io) const {
    const Context* context = settings_.context;
    if (context == nullptr || !context->is_production || !parsed_.command->is_mutation()) return {};
    std::string header = "context " + context->name + " is a production's";
    for (const char* key : {"admin", "host", "tenant"}) {
        const auto value = context->values.find(key);
        if (value != context->values.end()) header += ", " + std::string(key) + " " + value->second.texts.front();
    }
    if (io.says_yes || !io.can_ask()) {
        if (io.says_yes) {
            io.warn(header);
            return {};
        }
        return Error{Code::invalid_argument, parsed_.command->path() + " changes something, and " + header, "give --yes if it is meant"};
    }
    io.warn(header);
    return ask_yes("Go on with " + parsed_.command->path() + "? [y/N] ", io) ? Result<void>()
                                                                             : Result<void>(Error{Code::invalid_argument, "not done"});
}

Exit Tree::run_resolved(Result<void> understood, Io& io) const {
    std::ofstream log;
    auto prepared = apply_globals(globals_, io, log);
    if (understood) understood = std::move(prepared);
    if (understood) understood = check_production(io);
    if (!understood) return report(std::move(understood).error(), *parsed_.command, io);
    for (const auto& line : Resolution(parsed_, settings_.context).describe()) io.detail(line);
    const TimeLimit limit(globals_.timeout, io);
    const Exit exit = parsed_.command->run(io);
    io.detail("exit code " + std::to_string(static_cast<int>(exit)));
    io.log = nullptr;
    return exit;
}

Exit Tree::run(int argc, const char* const* argv, Io& io) {
    auto understood = parse_words(root_, {argv, argv + argc}, parsed_);
    if (understood && parsed_.wants_version) {
        io.out << "muster " << version() << std::endl;
        return Exit::ok;
    }
    if (understood && parsed_.wants_help) {
        io.out << help_of(*parsed_.command, std::min(io.width == 0 ? default_width : io.width, widest_help)) << std::flush;
        return Exit::ok;
    }
    auto loaded = load_settings();
    auto resolved = Resolution(parsed_, settings_.context).apply();
    if (understood) understood = check_words(parsed_);
    if (understood) understood = std::move(loaded);
    if (understood) understood = std::move(resolved);
    return run_resolved(std::move(understood), io);
}

}  // namespace muster::cli

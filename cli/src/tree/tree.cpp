// SPDX-License-Identifier: Apache-2.0
// The root of the command tree, its global flags, and what becomes of a command line.
#include "tree/tree.hpp"

#include "consent.hpp"
#include "terminal.hpp"
#include "time_limit.hpp"
#include "tree/mistakes.hpp"
#include "tree/resolution.hpp"

#include <muster/version.hpp>

#include <fstream>
#include <string_view>

namespace muster::cli {

void add_dump_command(Command& root);  // __tree

namespace {

// What is wrong with the words as a whole.
Result<void> check_words(const Parsed& parsed) {
    if (!parsed.strays.empty()) return explain_stray(parsed);
    if (parsed.command->is_group()) {
        return Error{Code::invalid_argument, "a subcommand of " + parsed.command->path() + " is required",
                     "see " + parsed.command->path() + " --help"};
    }
    return {};
}

// What is wrong with a value that was given on the command line.
// What is wrong on the command line is no finding about the settings.
Result<void> apply_given(const Parsed& parsed) {
    for (const auto& [option, texts] : parsed.given) {
        if (auto applied = option->apply(texts); !applied) return applied;
    }
    return {};
}

Result<void> check_dry_run(const Command& command, const Io& io) {
    if (!io.is_dry_run || !command.is_never_dry()) return {};
    return Error{Code::invalid_argument, command.path() + " cannot tell before what it would do", "leave out --dry-run"};
}

Exit report(Error error, const Command& command, const Io& io) {
    const bool is_about_words = error.code() == Code::invalid_argument;
    if (is_about_words && error.hint().empty()) error = Error{error.code(), error.message(), "see " + command.path() + " --help"};
    const Exit exit = io.fail(error);
    // Its exit codes are systemd's, see docs/reference/exit-codes.md.
    return command.name() == "needs-renewal" ? Exit::condition_failed : exit;
}

}  // namespace

Command* add_group(Command& parent, const char* name, const char* what) {
    return parent.add_child(name, what);
}

Command* add_command(Command& parent, const char* name, const char* what) {
    Command* command = parent.add_child(name, what);
    command->fills(NoOptions{});
    return command;
}

Tree::Tree(const Abilities& abilities) : abilities_(abilities) {
    add_global_options(root_, globals_);
    add_pki_commands(root_);
    add_fleet_commands(root_);
    add_ca_commands(root_);
    add_broker_commands(root_);
    add_mqtt_commands(root_);
    add_bench_commands(root_);
    add_doctor_command(root_);
    add_simulate_command(root_);
    add_queue_commands(root_);
    add_config_commands(root_);
    help_ = add_help_commands(root_);
    add_dump_command(root_);
    add_command(root_, "version", "Which muster this is")->examples("muster version");
    root_.examples("muster demo\nmuster help device enroll");
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
    auto config = load_config(settings_.files, !globals_.config.empty() && !does_without, [this] { return known_keys(root_); });
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

Result<void> Tree::refuse_unsafe() const {
    const Resolution resolution(parsed_, settings_.context);
    for (const auto& option : parsed_.command->options()) {
        const auto origin = option->is_unsafe ? resolution.origin_of(*option) : std::nullopt;
        const auto is_wanted = origin ? parse_switch(origin->texts.back()) : Result<bool>(false);
        if (!is_wanted || *is_wanted)
            return Error{Code::invalid_argument, option->written() + ": context " + settings_.context->name + " is a production's"};
    }
    return {};
}

// What is about to be changed there is shown, and must be wanted.
Result<void> Tree::check_production(Io& io) const {
    const Context* context = settings_.context;
    if (context == nullptr || !context->is_production) return {};
    if (auto refused = refuse_unsafe(); !refused || !parsed_.command->is_mutation() || io.is_dry_run) return refused;
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
    if (ask_yes("Go on with " + parsed_.command->path() + "? [y/N] ", io)) return {};
    return not_agreed_to();
}

Exit Tree::run_resolved(Result<void> understood, Io& io) const {
    std::ofstream log;
    auto prepared = apply_globals(globals_, io, log);
    std::ofstream trace_file;
    auto trace = open_trace(globals_, io, trace_file);
    if (understood) understood = std::move(prepared);
    if (understood && !trace) understood = trace.error();
    if (understood) understood = check_dry_run(*parsed_.command, io);
    if (understood) understood = check_production(io);
    if (!understood) return report(std::move(understood).error(), *parsed_.command, io);
    for (const auto& line : Resolution(parsed_, settings_.context).describe()) io.detail(line);
    if (settings_.context != nullptr) io.context = settings_.context->name;
    const TimeLimit limit(globals_.timeout, io);
    io.trace = trace->get();
    const Exit exit = abilities_.runs.run(*parsed_.command, scene_, io);
    io.trace = nullptr;
    io.detail("exit code " + std::to_string(static_cast<int>(exit)));
    io.log = nullptr;
    if (log.is_open() && !log) io.warn("--log-file: " + globals_.log_file.string() + " could not be written to its end");
    return exit;
}

Exit Tree::run(int argc, const char* const* argv, Io& io) {
    if (argc > 1 && std::string_view(argv[1]) == "__complete") return complete({argv + 2, argv + argc}, io);
    auto understood = parse_words(root_, {argv, argv + argc}, parsed_);
    if (understood && parsed_.wants_version) {
        io.out << "muster " << version() << std::endl;
        return Exit::ok;
    }
    if (understood && parsed_.wants_help) return print_help(*parsed_.command, io);
    if (understood && parsed_.command == help_ && parsed_.strays.empty()) {
        understood = print_help_on(parsed_.given[help_->options().front().get()], io);
        if (understood) return Exit::ok;
    }
    if (understood) understood = check_words(parsed_);
    if (understood && !abilities_.runs.has(*parsed_.command)) understood = abilities_.hand_over();
    auto loaded = load_settings();
    auto resolved = Resolution(parsed_, settings_.context).apply();
    if (understood && parsed_.command->is_examiner()) {
        understood = apply_given(parsed_);
        if (!loaded || !resolved) settings_.problem = !loaded ? loaded.error() : resolved.error();
    } else {
        if (understood) understood = std::move(loaded);
        if (understood) understood = std::move(resolved);
    }
    return run_resolved(std::move(understood), io);
}

}  // namespace muster::cli

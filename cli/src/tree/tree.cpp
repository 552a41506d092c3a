// SPDX-License-Identifier: Apache-2.0
// The root of the command tree, its global flags, and what becomes of a command line.
#include "tree/tree.hpp"

#include "time_limit.hpp"
#include "tree/help.hpp"
#include "tree/mistakes.hpp"
#include "tree/resolution.hpp"

#include <muster/version.hpp>

#include <algorithm>
#include <fstream>

namespace muster::cli {
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
    root_.add_child("version", "Which muster this is")->runs(&run_version);
}

Exit Tree::run_resolved(const Parsed& parsed, Result<void> understood, Io& io) const {
    std::ofstream log;
    auto prepared = apply_globals(globals_, io, log);
    if (understood) understood = std::move(prepared);
    if (!understood) return report(std::move(understood).error(), *parsed.command, io);
    for (const auto& line : Resolution(parsed).describe()) io.detail(line);
    const TimeLimit limit(globals_.timeout, io);
    const Exit exit = parsed.command->run(io);
    io.detail("exit code " + std::to_string(static_cast<int>(exit)));
    io.log = nullptr;
    return exit;
}

Exit Tree::run(int argc, const char* const* argv, Io& io) {
    Parsed parsed;
    auto understood = parse_words(root_, {argv, argv + argc}, parsed);
    if (understood && parsed.wants_version) {
        io.out << "muster " << version() << std::endl;
        return Exit::ok;
    }
    if (understood && parsed.wants_help) {
        io.out << help_of(*parsed.command, std::min(io.width == 0 ? default_width : io.width, widest_help)) << std::flush;
        return Exit::ok;
    }
    auto resolved = Resolution(parsed).apply();
    if (understood) understood = check_words(parsed);
    if (understood) understood = std::move(resolved);
    return run_resolved(parsed, std::move(understood), io);
}

}  // namespace muster::cli

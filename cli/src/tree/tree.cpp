// SPDX-License-Identifier: Apache-2.0
// The root of the command tree, its global flags, and what becomes of a command line.
#include "tree/tree.hpp"

#include "tree/help.hpp"
#include "tree/mistakes.hpp"
#include "tree/resolution.hpp"

#include <muster/version.hpp>

namespace muster::cli {
namespace {

constexpr std::size_t help_width = 100;

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
    root_
        .add_choice("-o,--output", format_,
                    {{"auto", Format::automatic}, {"table", Format::table}, {"json", Format::json}, {"jsonl", Format::jsonl}},
                    "How data is printed: auto, table, json or jsonl; auto is a table on a terminal, JSON elsewhere")
        .type_name("FORMAT");
    root_.add_flag("--quiet", quiet_, "No status on stderr; warnings and errors stay");
    add_pki_commands(root_);
    add_fleet_commands(root_);
    add_ca_commands(root_);
    add_broker_commands(root_);
    add_mqtt_commands(root_);
    root_.add_child("version", "Which muster this is")->runs(&run_version);
}

Exit Tree::run_command(const Command& command, Io& io) const {
    io.format = format_;
    io.quiet = quiet_;
    return command.run(io);
}

Exit Tree::run(int argc, const char* const* argv, Io& io) {
    Parsed parsed;
    auto understood = parse_words(root_, {argv, argv + argc}, parsed);
    if (understood && parsed.wants_version) {
        io.out << "muster " << version() << std::endl;
        return Exit::ok;
    }
    if (understood && parsed.wants_help) {
        io.out << help_of(*parsed.command, help_width) << std::flush;
        return Exit::ok;
    }
    auto resolved = Resolution(parsed).apply();
    io.format = format_;
    if (understood) understood = check_words(parsed);
    if (understood) understood = std::move(resolved);
    if (!understood) return report(std::move(understood).error(), *parsed.command, io);
    return run_command(*parsed.command, io);
}

}  // namespace muster::cli

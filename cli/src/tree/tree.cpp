// SPDX-License-Identifier: Apache-2.0
// The root of the command tree, its global flags, and every mistake's one answer.
#include "tree/tree.hpp"

#include "tree/suggestion.hpp"

#include <muster/version.hpp>

#include <cctype>
#include <map>

namespace muster::cli {
namespace {

/// Every long flag that takes a value can be given as MUSTER_<FLAG> too: one name in two places.
void name_environment(CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        if (option->get_lnames().empty() || option->get_items_expected_max() == 0) continue;
        const std::string& flag = option->get_lnames().front();
        if (flag == "help" || flag == "message") continue;
        std::string name = "MUSTER_";
        for (const char c : flag) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        option->envname(name);
    }
    for (CLI::App* child : app.get_subcommands({})) name_environment(*child);
}

std::vector<std::string> words_of(const CLI::App& app, bool flags) {
    std::vector<std::string> words;
    if (!flags) {
        for (const CLI::App* child : app.get_subcommands({})) words.push_back(child->get_name());
        return words;
    }
    for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
        for (const CLI::Option* option : level->get_options()) {
            for (const auto& name : option->get_lnames()) words.push_back("--" + name);
        }
    }
    return words;
}

std::string path_of(const CLI::App& app) {
    return app.get_parent() == nullptr ? "muster" : path_of(*app.get_parent()) + " " + app.get_name();
}

}  // namespace

CLI::App* add_group(CLI::App& app, const char* name, const char* what) {
    CLI::App* group = app.add_subcommand(name, what);
    group->require_subcommand(1);
    return group;
}

Tree::Tree() {
    app_.name("muster");
    app_.set_version_flag("--version", "muster " + std::string(version()));
    app_.fallthrough();
    app_.require_subcommand(1);
    app_.option_defaults()->take_last();
    app_.add_option("-o,--output", format_,
                    "How data is printed: auto, table, json or jsonl; auto is a table on a terminal, JSON elsewhere")
        ->transform(CLI::CheckedTransformer(
                        std::map<std::string, Format>{
                            {"auto", Format::automatic}, {"table", Format::table}, {"json", Format::json}, {"jsonl", Format::jsonl}})
                        .description(""))
        ->type_name("FORMAT");
    app_.add_flag("--quiet", quiet_, "No status on stderr; warnings and errors stay");
    add_pki_commands(app_, chosen_);
    add_fleet_commands(app_, chosen_);
    add_ca_commands(app_, chosen_);
    add_broker_commands(app_, chosen_);
    add_mqtt_commands(app_, chosen_);
    app_.add_subcommand("version", "Which muster this is")->callback([this] { chosen_ = [](Io& io) { return run_version(io); }; });
    name_environment(app_);
}

const CLI::App* Tree::deepest() const {
    const CLI::App* level = &app_;
    while (!level->get_subcommands().empty()) level = level->get_subcommands().front();
    return level;
}

Exit Tree::report(const CLI::ParseError& error, const Io& io) {
    const CLI::App& level = *deepest();
    std::string message = error.what();
    std::string hint = "see " + path_of(level) + " --help";
    auto extras = level.remaining();
    if (extras.empty()) extras = app_.remaining(true);
    if (!extras.empty()) {
        const std::string& word = extras.front();
        const bool flag = word.rfind('-', 0) == 0;
        message = flag ? "there is no flag '" + word + "' in " + path_of(level) : "'" + word + "' is not a command of " + path_of(level);
        const std::string meant = nearest(word.substr(0, word.find('=')), words_of(level, flag));
        if (!meant.empty()) hint = "did you mean " + (flag ? meant : path_of(level) + " " + meant) + "?";
    }
    const Exit exit = io.fail(Error{Code::invalid_argument, message, hint});
    // Its exit codes are systemd's, see docs/reference/exit-codes.md.
    return level.get_name() == "needs-renewal" ? Exit::condition_failed : exit;
}

Exit Tree::run(int argc, const char* const* argv, Io& io) {
    try {
        app_.parse(argc, argv);
    } catch (const CLI::Success& help) {
        app_.exit(help, io.out, io.err);
        return Exit::ok;
    } catch (const CLI::ParseError& error) {
        io.format = format_;
        return report(error, io);
    }
    io.format = format_;
    io.quiet = quiet_;
    return chosen_(io);
}

}  // namespace muster::cli

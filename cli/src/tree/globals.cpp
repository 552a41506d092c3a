// SPDX-License-Identifier: Apache-2.0
// The flags that every command takes, and the variables of the environment that other programs obey too.
#include "tree/globals.hpp"

#include "base/files.hpp"
#include "tree/duration.hpp"

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace muster::cli {
namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

// https://no-color.org and https://bixense.com/clicolors: each counts if it is set to something.
bool wants_colour(When when, bool is_terminal) {
    if (when != When::automatic) return when == When::always;
    if (!variable("NO_COLOR").empty()) return false;
    const auto forced = variable("CLICOLOR_FORCE");
    if (!forced.empty() && forced != "0") return true;
    return is_terminal && variable("TERM") != "dumb" && variable("CLICOLOR") != "0";
}

// Made with its mode first: what is said may name devices and hosts. What is no file (a pipe, a directory) would block, or take nothing.
Result<void> open_log(const std::filesystem::path& file, std::ofstream& log) {
    if (file == "-") return Error{Code::invalid_argument, "'-' is no file", "without it all of this is on stderr"};
    std::error_code error;
    const auto type = std::filesystem::status(file, error).type();
    if (type == std::filesystem::file_type::not_found) {
        if (auto made = base::store_file(file, "", base::Access::owner_only, base::Existing::refuse); !made) return made;
    } else if (error) {
        return base::system_error(error.value(), "cannot write", file);
    } else if (type != std::filesystem::file_type::regular && type != std::filesystem::file_type::character) {
        return Error{Code::io, file.string() + " is not a file"};
    }
    log.open(file, std::ios::app);
    return log ? Result<void>() : Result<void>(base::system_error(errno, "cannot write", file));
}

}  // namespace

void add_global_options(Command& root, GlobalOptions& options) {
    root.add_choice("-o,--output", options.format,
                    {{"auto", Format::automatic},
                     {"table", Format::table},
                     {"wide", Format::wide},
                     {"json", Format::json},
                     {"jsonl", Format::jsonl},
                     {"yaml", Format::yaml},
                     {"csv", Format::csv},
                     {"name", Format::name}},
                    "How data is printed: auto, table, wide, json, jsonl, yaml, csv or name; auto is a table on a terminal, JSON elsewhere")
        .type_name("FORMAT");
    root.add_option("--columns", options.columns, "Which fields are printed, and in which order: a,b,c").split_at(',').type_name("FIELDS");
    root.add_flag("--no-headers", options.no_headers, "No headings above tables and CSV");
    root.add_flag("-q,--quiet", options.quiet, "No status on stderr; warnings and errors stay");
    root.add_flag("-v,--verbose", options.verbose, "More on stderr: where values came from, and when what happened");
    root.add_choice("--color", options.colour, {{"auto", When::automatic}, {"always", When::always}, {"never", When::never}},
                    "Colours: auto (on a terminal, and as NO_COLOR, CLICOLOR_FORCE and TERM say), always or never")
        .type_name("WHEN");
    root.add_flag("--no-input", options.no_input, "Ask nothing: what is missing is an error");
    root.add_flag("-y,--yes", options.yes, "Take questions whether to go on as answered with yes");
    root.add_flag("--dry-run", options.dry_run, "Change nothing: check, and say what would be done");
    root.add_option("--context", options.context, "The context whose values count where no flag and no variable says otherwise")
        .type_name("NAME");
    root.add_option("--config", options.config, "Configuration file (default: /etc/muster/config.toml, then ~/.config/muster/config.toml)");
    add_duration(
        root, "--timeout", [&options](auto value) { options.timeout = value; }, "Give up after this long (default: never)");
    root.add_flag_with_value("--trace", options.trace,
                             "Tell on stderr, or in a file (--trace=FILE), what is sent and received; secrets are shown as ***");
    root.add_option("--log-file", options.log_file, "Append what is said on stderr to this file, with times");
}

Result<void> apply_globals(const GlobalOptions& options, Io& io, std::ofstream& log) {
    io.format = options.format;
    io.columns = options.columns;
    io.has_headings = !options.no_headers;
    io.quiet = options.quiet;
    io.is_verbose = options.verbose;
    io.takes_input = !options.no_input;
    io.says_yes = options.yes;
    io.is_dry_run = options.dry_run;
    io.has_time_limit = options.timeout.has_value();
    io.colours_out = wants_colour(options.colour, io.out_is_terminal);
    io.colours_err = wants_colour(options.colour, io.err_is_terminal);
    if (options.log_file.empty()) return {};
    if (auto opened = open_log(options.log_file, log); !opened) return std::move(opened).error().in("--log-file");
    io.log = &log;
    return {};
}

Result<std::unique_ptr<Trace>> open_trace(const GlobalOptions& options, const Io& io, std::ofstream& file) {
    if (!options.trace) return std::unique_ptr<Trace>();
    if (options.trace->empty()) return std::make_unique<Trace>(io.err);
    if (auto opened = open_log(*options.trace, file); !opened) return std::move(opened).error().in("--trace");
    return std::make_unique<Trace>(file);
}

}  // namespace muster::cli

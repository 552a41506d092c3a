// SPDX-License-Identifier: Apache-2.0
// What a command may talk to: data on one stream, everything else on the other.
#pragma once

#include "exit_code.hpp"

#include <muster/result.hpp>

#include <cstddef>
#include <cstdint>
#include <istream>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace muster::cli {

class Trace;

/// `automatic` is a table on a terminal and JSON elsewhere.
enum class Format : std::uint8_t { automatic, table, wide, json, jsonl, yaml, csv, name };

/// Handed to every command, so that tests can read what it prints.
struct Io {
    std::istream& in;
    std::ostream& out;  ///< Data only.
    std::ostream& err;  ///< Status, warnings, errors.
    bool out_is_terminal = false;
    bool quiet = false;
    Format format = Format::automatic;
    bool err_is_terminal = false;
    bool in_is_terminal = false;
    std::vector<std::string> columns{};  ///< Which of a record's fields are printed; empty: as the format has it.
    bool has_headings = true;            ///< Of tables and CSV.
    std::size_t width = 0;               ///< Columns of the terminal that data goes to; 0: as many as it takes.
    bool colours_out = false;
    bool colours_err = false;
    bool takes_input = true;      ///< Nobody is asked anything otherwise.
    bool says_yes = false;        ///< To what would be asked before something is lost.
    bool is_dry_run = false;      ///< Nothing is to be changed, only said (consent.hpp).
    bool is_verbose = false;      ///< Lines on `err` say when.
    bool has_time_limit = false;  ///< --timeout ends the command: it needs no limit of its own.
    std::string context{};        ///< The name of the one in use; empty: none.
    Trace* trace = nullptr;       ///< Is told what goes over the network; none: nobody is.
    std::ostream* log = nullptr;  ///< Gets every line of `err` too, with its time.

    /// Whether lists and records are printed for a program: asked for, or not on a terminal.
    [[nodiscard]] bool prints_data() const noexcept;
    /// Whether a format for programs was asked for.
    [[nodiscard]] bool asks_data() const noexcept;
    /// Whether somebody is there who can be asked.
    [[nodiscard]] bool can_ask() const noexcept { return takes_input && in_is_terminal && err_is_terminal; }
    [[nodiscard]] bool asks_json() const noexcept { return format == Format::json || format == Format::jsonl; }

    /// A line of status on stderr, unless quiet. Where JSON was asked for stderr is for one error: it goes to the log only.
    void say(std::string_view line) const;
    /// As say(), but only if details were asked for.
    void detail(std::string_view line) const;
    void warn(std::string_view line) const;
    /// Prints the error with its hint, or as one line of JSON if JSON was asked for, and returns its exit code.
    [[nodiscard]] Exit fail(const Error& error) const;
    /// As fail(), of an end that is no Error: what a command found out, how a list of work ended.
    /// `details` is a JSON object, for programs only.
    [[nodiscard]] Exit fail_as(Exit exit, std::string_view code, std::string_view message, std::string_view hint = {},
                               std::string_view details = "{}") const;

private:
    void print(std::string_view line, std::string_view colour, std::size_t coloured) const;
};

}  // namespace muster::cli

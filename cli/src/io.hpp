// SPDX-License-Identifier: Apache-2.0
// What a command may talk to: data on one stream, everything else on the other.
#pragma once

#include "exit_code.hpp"

#include <muster/result.hpp>

#include <cstdint>
#include <istream>
#include <ostream>
#include <string_view>

namespace muster::cli {

enum class Format : std::uint8_t { automatic, table, json, jsonl };

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

    /// Whether lists and records are printed for a program: asked for, or not on a terminal.
    [[nodiscard]] bool prints_json() const noexcept;
    /// Whether somebody is there who can be asked.
    [[nodiscard]] bool can_ask() const noexcept { return in_is_terminal && err_is_terminal; }
    [[nodiscard]] bool asks_json() const noexcept { return format == Format::json || format == Format::jsonl; }

    /// A line of status on stderr, unless quiet.
    void say(std::string_view line) const;
    void warn(std::string_view line) const;
    /// Prints the error with its hint, or as one line of JSON if JSON was asked for, and returns its exit code.
    [[nodiscard]] Exit fail(const Error& error) const;
};

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// Secrets asked for on the terminal.
#pragma once

#include "io.hpp"

#include <muster/result.hpp>

#include <cstddef>
#include <string>

namespace muster::cli {

/// Writes the prompt to stderr and reads a line from standard input, which is a terminal, without showing it. A signal that ends the
/// program puts the terminal right first. Fails with Code::denied if the input ends, or nothing is entered.
Result<std::string> ask_secret(const std::string& prompt);

/// Asks on stderr; only an answer that begins with y is yes.
[[nodiscard]] bool ask_yes(const std::string& question, const Io& io);

/// Asks on stderr; the line that is entered.
[[nodiscard]] std::string ask_text(const std::string& question, const Io& io);

/// The columns that what goes to stdout may take: COLUMNS, else the terminal's; 0: any.
[[nodiscard]] std::size_t terminal_width();

}  // namespace muster::cli

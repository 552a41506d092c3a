// SPDX-License-Identifier: Apache-2.0
// Status, warnings and errors in their one shape.
#include "io.hpp"

#include "base/text.hpp"
#include "output/time.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace muster::cli {
namespace {

constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view yellow = "\x1b[1;33m";
constexpr std::string_view plain = "\x1b[0m";
constexpr std::string_view error_mark = "muster: error: ";
constexpr std::string_view warning_mark = "muster: warning: ";
constexpr std::string_view hint_mark = "  hint: ";
constexpr std::size_t longest_line = 2'000;  // An absurd path need not be read to its end.

std::string now() {
    return rfc3339(std::chrono::system_clock::now()) + " ";
}

// On one line, whatever names from elsewhere are in it: nobody writes lines of their own there, nor commands to the terminal.
std::string joined(std::string_view mark, std::string_view text) {
    return std::string(mark) + base::printable(text, longest_line);
}

}  // namespace

bool Io::asks_data() const noexcept {
    return format != Format::automatic && format != Format::table && format != Format::wide;
}

bool Io::prints_data() const noexcept {
    return asks_data() || (format == Format::automatic && !out_is_terminal);
}

void Io::print(std::string_view line, std::string_view colour, std::size_t coloured) const {
    if (log != nullptr) *log << now() << line << std::endl;
    // In one piece: another thread may be writing a trace.
    std::string text = is_verbose ? now() : std::string();
    if (colours_err && coloured > 0)
        text.append(colour).append(line.substr(0, coloured)).append(plain).append(line.substr(coloured));
    else
        text += line;
    err << text + '\n' << std::flush;
}

void Io::say(std::string_view line) const {
    if (!quiet && !asks_json()) return print(line, {}, 0);
    if (log != nullptr) *log << now() << line << std::endl;
}

void Io::detail(std::string_view line) const {
    if (is_verbose) say(line);
}

void Io::warn(std::string_view line) const {
    print(joined(warning_mark, line), yellow, warning_mark.size() - 1);
}

Exit Io::fail(const Error& error) const {
    const std::string_view hint = error.hint().empty() ? usual_hint(error.code()) : std::string_view(error.hint());
    return fail_as(exit_for(error.code()), name_of(error.code()), error.message(), hint);
}

Exit Io::fail_as(Exit exit, std::string_view code, std::string_view message, std::string_view hint, std::string_view details) const {
    if (asks_json()) {
        const nlohmann::json body{{"code", code},
                                  {"exit", static_cast<int>(exit)},
                                  {"message", message},
                                  {"hint", hint},
                                  {"details", nlohmann::json::parse(details)}};
        err << nlohmann::json{{"error", body}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
        if (log != nullptr) *log << now() << joined(error_mark, message) << std::endl;
        return exit;
    }
    print(joined(error_mark, message), red, error_mark.size() - 1);
    if (!hint.empty()) print(joined(hint_mark, hint), {}, 0);
    return exit;
}

}  // namespace muster::cli

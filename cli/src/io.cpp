// SPDX-License-Identifier: Apache-2.0
// Status, warnings and errors in their one shape.
#include "io.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace muster::cli {

bool Io::prints_json() const noexcept {
    return asks_json() || (format == Format::automatic && !out_is_terminal);
}

void Io::say(std::string_view line) const {
    if (!quiet) err << line << std::endl;
}

void Io::warn(std::string_view line) const {
    err << "muster: warning: " << line << std::endl;
}

Exit Io::fail(const Error& error) const {
    const Exit exit = exit_for(error.code());
    if (asks_json()) {
        nlohmann::json body{{"code", std::string(name_of(error.code()))}, {"exit", static_cast<int>(exit)}, {"message", error.message()}};
        if (!error.hint().empty()) body["hint"] = error.hint();
        err << nlohmann::json{{"error", body}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
        return exit;
    }
    err << "muster: error: " << error.message() << '\n';
    if (!error.hint().empty()) err << "  hint: " << error.hint() << '\n';
    err.flush();
    return exit;
}

}  // namespace muster::cli

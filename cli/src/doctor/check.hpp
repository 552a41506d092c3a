// SPDX-License-Identifier: Apache-2.0
// A check of `muster doctor`: what it needs, and what it finds.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace muster::cli::doctor {

enum class State : std::uint8_t { ok, warning, failed, skipped };

/// "ok", "warn", "fail", "skipped".
[[nodiscard]] const char* name_of(State state);

/// What a check has found, and the one line that mends it.
struct Finding {
    State state = State::ok;
    std::string found;
    std::string fix;  ///< Empty: there is nothing to mend.
    nlohmann::json details = nlohmann::json::object();
};

[[nodiscard]] Finding good(std::string found);
[[nodiscard]] Finding warn(std::string found, std::string fix);
[[nodiscard]] Finding fail(std::string found, std::string fix);
/// There is nothing to look at: those that need this check go on.
[[nodiscard]] Finding nothing(std::string why);

struct Check {
    std::string name;
    std::vector<std::string> needs;  ///< Checks before this one.
    std::function<Finding()> look;
};

struct Report {
    std::string check;
    Finding finding;
};

/// Which checks are wanted: `only` those, with what they need, or all but `skip`.
struct Selection {
    std::vector<std::string> only;
    std::vector<std::string> skip;
};

/// Looks at one after the other. What needs a check that has failed is skipped, and names the first cause. What is left out by `skip` holds
/// up nobody. What URLs have before their @ is in no report. `tell` gets each report as soon as it is there.
std::vector<Report> run_checks(const std::vector<Check>& checks, const Selection& selection,
                               const std::function<void(const Report&)>& tell);

}  // namespace muster::cli::doctor

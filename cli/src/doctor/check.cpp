// SPDX-License-Identifier: Apache-2.0
// Checks one after the other, those left out that cannot be told.
#include "doctor/check.hpp"

#include "doctor/redaction.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace muster::cli::doctor {
namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// The wanted ones with what they need: from the last to the first, because a check's needs stand before it.
std::set<std::string> wanted_of(const std::vector<Check>& checks, const std::vector<std::string>& only) {
    std::set<std::string> wanted(only.begin(), only.end());
    for (auto check = checks.rbegin(); check != checks.rend(); ++check) {
        if (only.empty()) wanted.insert(check->name);
        if (wanted.count(check->name) != 0) wanted.insert(check->needs.begin(), check->needs.end());
    }
    return wanted;
}

}  // namespace

const char* name_of(State state) {
    switch (state) {
        case State::ok:
            return "ok";
        case State::warning:
            return "warn";
        case State::failed:
            return "fail";
        case State::skipped:
            break;
    }
    return "skipped";
}

Finding good(std::string found) {
    return {State::ok, std::move(found), {}, nlohmann::json::object()};
}

Finding warn(std::string found, std::string fix) {
    return {State::warning, std::move(found), std::move(fix), nlohmann::json::object()};
}

Finding fail(std::string found, std::string fix) {
    return {State::failed, std::move(found), std::move(fix), nlohmann::json::object()};
}

Finding nothing(std::string why) {
    return {State::skipped, std::move(why), {}, nlohmann::json::object()};
}

std::vector<Report> run_checks(const std::vector<Check>& checks, const Selection& selection,
                               const std::function<void(const Report&)>& tell) {
    const auto wanted = wanted_of(checks, selection.only);
    std::map<std::string, std::string> causes;  // Of those that cannot be relied on: the check that has failed.
    std::vector<Report> reports;
    for (const auto& check : checks) {
        if (wanted.count(check.name) == 0) continue;
        Report report{check.name, {}};
        const auto need = std::find_if(check.needs.begin(), check.needs.end(), [&](const auto& name) { return causes.count(name) != 0; });
        if (has(selection.skip, check.name)) {
            report.finding = nothing("by --skip");
        } else if (need != check.needs.end()) {
            const std::string cause = causes[*need];
            report.finding = nothing("needs '" + cause + "'");
            causes[check.name] = cause;
        } else {
            report.finding = check.look();
            report.finding.found = redacted(std::move(report.finding.found));
            report.finding.fix = redacted(std::move(report.finding.fix));
            if (report.finding.state == State::failed) causes[check.name] = check.name;
        }
        tell(report);
        reports.push_back(std::move(report));
    }
    return reports;
}

}  // namespace muster::cli::doctor

// SPDX-License-Identifier: Apache-2.0
// What the configuration of this invocation is made of.
#include "doctor/config_check.hpp"

#include <cstdlib>
#include <system_error>

namespace muster::cli::doctor {
namespace {

namespace fs = std::filesystem;

std::string short_name(const fs::path& path) {
    const char* const home = std::getenv("HOME");
    std::string text = path.string();
    if (home == nullptr || *home == '\0') return text;
    const std::string prefix = std::string(home) + "/";
    return text.rfind(prefix, 0) == 0 ? "~/" + text.substr(prefix.size()) : text;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text;
}

}  // namespace

Finding check_config(const ConfigFacts& facts) {
    std::vector<std::string> parts;
    for (const auto& file : facts.files) {
        std::error_code ignored;
        if (fs::exists(file, ignored)) parts.push_back(short_name(file));
    }
    if (parts.empty()) parts.emplace_back("no configuration file");
    if (!facts.context.empty()) parts.push_back("context " + facts.context);
    std::vector<std::string> variables;
    nlohmann::json values = nlohmann::json::array();
    for (const auto& value : facts.values) {
        values.push_back({{"key", value.key}, {"value", value.value}, {"source", value.source}, {"where", value.where}});
        if (value.source == "env") variables.push_back(value.key + " from " + value.where);
    }
    std::string found = joined(parts);
    if (!variables.empty()) found += " (" + joined(variables) + ")";
    Finding finding = good(std::move(found));
    if (facts.problem) {
        const std::string& hint = facts.problem->hint();
        finding = fail(facts.problem->message(), hint.empty() ? "mend what is named; docs/reference/configuration.md has every key" : hint);
    } else if (!facts.strange.empty()) {
        finding = warn("nobody reads " + joined(facts.strange), "rename the variable, or unset it");
    }
    finding.details["values"] = std::move(values);
    return finding;
}

}  // namespace muster::cli::doctor

// SPDX-License-Identifier: Apache-2.0
// The files of a bundle.
#include "doctor/bundle.hpp"

#include "doctor/redaction.hpp"
#include "doctor/report.hpp"
#include "output/time.hpp"

#include <muster/version.hpp>

#include <sys/utsname.h>

#include <algorithm>
#include <chrono>

namespace muster::cli::doctor {
namespace {

using nlohmann::json;

std::string dump(const json& value) {
    return redacted(value.dump(2, ' ', false, json::error_handler_t::replace)) + "\n";
}

// Of the values that count, without those that could be secrets: what a flag's name says is one is a file's name anyway.
json config_of(const ConfigFacts& config) {
    json values = json::array();
    for (const auto& value : config.values) {
        values.push_back({{"key", value.key}, {"value", value.value}, {"source", value.source}, {"where", value.where}});
    }
    json files = json::array();
    for (const auto& file : config.files) files.push_back(file.string());
    return {{"files", files}, {"context", config.context}, {"values", values}};
}

json machine() {
    utsname name{};
    ::uname(&name);
    return {{"muster", version()},
            {"system", std::string(name.sysname) + " " + name.release},
            {"machine", name.machine},
            {"time", rfc3339(std::chrono::system_clock::now())}};
}

std::string pem_of(const std::vector<pki::CertificateInfo>& certificates) {
    std::string pem;
    for (const auto& certificate : certificates) pem += certificate.pem;
    return pem;
}

}  // namespace

std::vector<ArchiveEntry> bundle_of(const std::vector<Report>& reports, const ConfigFacts& config, const LoadedFiles& files) {
    json report = json::array();
    for (const auto& one : reports) report.push_back(to_json(one));
    LineStyle style;
    for (const auto& one : reports) style.name_width = std::max(style.name_width, one.check.size());
    std::string lines;
    for (const auto& one : reports) lines += lines_of(one, style);
    std::vector<ArchiveEntry> entries{{"muster-doctor/report.json", dump(report)},
                                      {"muster-doctor/report.txt", redacted(lines)},
                                      {"muster-doctor/versions.json", dump(machine())},
                                      {"muster-doctor/config.json", dump(config_of(config))}};
    if (!files.chain.empty()) entries.push_back({"muster-doctor/chain.pem", pem_of(files.chain)});
    if (!files.anchors.empty()) entries.push_back({"muster-doctor/ca.pem", pem_of(files.anchors)});
    return entries;
}

}  // namespace muster::cli::doctor

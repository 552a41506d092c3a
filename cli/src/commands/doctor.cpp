// SPDX-License-Identifier: Apache-2.0
// `muster doctor`: makes the checks, tells what they found.
#include "commands/doctor.hpp"

#include "base/files.hpp"
#include "doctor/bundle.hpp"
#include "doctor/examination.hpp"
#include "doctor/redaction.hpp"
#include "doctor/report.hpp"
#include "est_trace.hpp"
#include "messages/packet_line.hpp"
#include "output/records.hpp"
#include "secrets.hpp"
#include "tree/suggestion.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string_view>

namespace muster::cli {
namespace {

const char* name_of(Origin::Source source) {
    if (source == Origin::Source::command_line) return "flag";
    return source == Origin::Source::environment ? "env" : "context";
}

std::string joined(const std::vector<std::string>& texts) {
    std::string line;
    for (const auto& text : texts) line += (line.empty() ? "" : ",") + text;
    return line;
}

constexpr std::string_view variable_prefix = "MUSTER_";

void collect_variables(const Command& command, std::vector<std::string>& names) {
    for (const auto& option : command.options()) {
        const std::string name = environment_name(*option);
        if (!name.empty()) names.push_back(name.substr(variable_prefix.size()));
    }
    for (const auto& child : command.children()) collect_variables(*child, names);
}

// Variables that look like a flag's and are none: a typing mistake in one switches something off without a word.
std::vector<std::string> strange_variables(const Command& root) {
    std::vector<std::string> known;
    collect_variables(root, known);
    std::vector<std::string> strange;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        if (text.substr(0, variable_prefix.size()) != variable_prefix) continue;
        const std::string name(text.substr(variable_prefix.size(), text.find('=') - variable_prefix.size()));
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const std::string meant = nearest(name, known);
        if (meant.empty()) continue;
        std::string line(variable_prefix);
        line.append(name).append(" (").append(variable_prefix).append(meant).append("?)");
        strange.push_back(std::move(line));
    }
    return strange;
}

doctor::ConfigFacts facts_of(const ConfigScene& scene) {
    doctor::ConfigFacts facts;
    facts.files = scene.settings.files.read;
    facts.problem = scene.settings.problem;
    facts.strange = strange_variables(scene.root);
    if (scene.settings.context != nullptr) facts.context = scene.settings.context->name;
    const Resolution resolution(scene.parsed, scene.settings.context);
    for (const auto& option : scene.parsed.command->options()) {
        const auto origin = resolution.origin_of(*option);
        if (origin) facts.values.push_back({option->name, doctor::redacted(joined(origin->texts)), name_of(origin->source), origin->where});
    }
    return facts;
}

doctor::LineStyle style_for(const std::vector<doctor::Check>& checks, const Io& io) {
    doctor::LineStyle style{io.format == Format::wide ? 0 : io.width, 0, doctor::speaks_utf8(), io.colours_out};
    for (const auto& check : checks) style.name_width = std::max(style.name_width, check.name.size());
    return style;
}

Exit print(const std::vector<doctor::Report>& reports, const Io& io) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& report : reports) list.push_back(to_json(report));
    const View view{"check", {{"CHECK", "check"}, {"STATE", "state"}, {"FOUND", "found"}, {"FIX", "fix"}}};
    return print_list(io, list, view);
}

Result<void> write_bundle(const std::filesystem::path& path, const std::vector<doctor::Report>& reports,
                          const doctor::Examination& examination) {
    const auto archive = make_tar_gz(bundle_of(reports, examination.config(), examination.files()), std::chrono::system_clock::now());
    if (!archive) return archive.error();
    return base::store_file(path, *archive, base::Access::owner_only, base::Existing::replace);
}

}  // namespace

Exit run_doctor(const doctor::DoctorOptions& options, const ConfigScene& scene, Io& io) {
    EstTrace est_trace(io.trace);
    fleet::MqttObserver observer;
    if (io.trace != nullptr) observer = [&trace = *io.trace](const fleet::MqttPacket& packet) { tell(trace, packet); };
    const auto password_of = [&](const std::filesystem::path& key, const std::string& password_file) {
        return key_password_for(key, "", password_file, io);
    };
    doctor::Examination examination(options, facts_of(scene), password_of, std::move(observer), &est_trace);
    const auto checks = examination.checks();
    // People see each report as it comes: some wait for the network.
    const bool prints_lines = !io.prints_data() && io.columns.empty();
    const auto style = style_for(checks, io);
    const auto reports = doctor::run_checks(checks, {options.only, options.skip}, [&](const doctor::Report& report) {
        if (prints_lines) io.out << lines_of(report, style) << std::flush;
    });
    examination.finish();
    if (!prints_lines) {
        if (const Exit printed = print(reports, io); printed != Exit::ok) return printed;
    }
    if (!options.bundle.empty()) {
        if (const auto written = write_bundle(options.bundle, reports, examination); !written)
            return io.fail(Error(written.error()).in("--bundle"));
        io.say("Written  " + options.bundle.string());
    }
    const std::string count = count_of(reports);
    if (!has_failed(reports)) {
        io.say(count);
        return Exit::ok;
    }
    if (io.asks_json()) return io.fail_as(Exit::check_failed, "check_failed", count);
    io.say(count + "." + (prints_lines ? " muster doctor -o json for details" : ""));
    return Exit::check_failed;
}

}  // namespace muster::cli

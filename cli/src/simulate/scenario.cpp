// SPDX-License-Identifier: Apache-2.0
// The keys of a scenario, with their ranges.
#include "simulate/scenario.hpp"

#include "simulate/device_table.hpp"
#include "simulate/event_tables.hpp"
#include "simulate/group_table.hpp"
#include "simulate/sensor_table.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace muster::cli::simulate {
namespace {

using namespace std::chrono_literals;
using fleet::SimulatedKind;

constexpr std::int64_t most_devices = 1'000'000;
constexpr std::chrono::hours week{24 * 7};
constexpr std::chrono::hours most_skew{24 * 3'650};

void read_document(TableReader& file, const std::filesystem::path& directory, Scenario& scenario) {
    fleet::SimulationPlan& plan = scenario.plan;
    file.text("name", scenario.name);
    file.text("description", scenario.description);
    file.integer("devices", scenario.devices, 1, most_devices);
    file.choice<SimulatedKind>("kind", plan.kind, {{"full", SimulatedKind::full}, {"light", SimulatedKind::light}});
    file.integer("seed", plan.seed, 0, INT64_MAX);
    file.duration("duration", plan.duration, 1ms, week);
    file.duration("drain", plan.drain, 0ms, week);
    file.duration("start_spread", plan.start_spread, 0ms, week);
    file.duration("clock_skew", plan.clock_skew, 0ms, most_skew);
    file.choice<bool>("outbox", plan.has_outbox_files, {{"file", true}, {"memory", false}});
    scenario.says_devices = file.has("devices");
    file.tables("sensor", [&](TableReader& table) { read_sensor(table, directory, plan.sensors); });
    const auto* const config = file.anything("config");
    if (config != nullptr) read_device_config({config, nullptr, config->place, plan.has_outbox_files}, directory, plan.config, file);
    // What is wrong with the common configuration would be wrong with each group's.
    const auto* const common = file.has_no_problems() ? config : nullptr;
    file.tables("group", [&](TableReader& table) { read_group(table, common, directory, scenario); });
    check_sizes(file, scenario);
    if (plan.groups.empty()) file.require("sensor");
    file.tables("outage", [&](TableReader& table) { read_outage(table, plan); });
    file.tables("storm", [&](TableReader& table) { read_storm(table, plan); });
    file.tables("collision", [&](TableReader& table) { read_collision(table, plan); });
    file.tables("takeover", [&](TableReader& table) { read_takeover(table, plan); });
    file.finish();
}

// A syntax error has its place in its message.
TomlProblem problem_of(const Error& error, const std::string& source) {
    TomlProblem problem{{1, 1}, error.message()};
    if (problem.what.compare(0, source.size() + 1, source + ":") != 0) return problem;
    const char* at = problem.what.data() + source.size() + 1;
    const char* const end = problem.what.data() + problem.what.size();
    at = std::from_chars(at, end, problem.place.line).ptr;
    at = std::from_chars(std::min(at + 1, end), end, problem.place.column).ptr;
    problem.what = std::string(std::min(at + 2, end), end);
    return problem;
}

}  // namespace

ScenarioReading read_scenario(const std::string& text, const std::string& source, const std::filesystem::path& directory) {
    ScenarioReading reading;
    const auto tree = parse_toml_tree(text, source);
    if (!tree) {
        reading.problems.push_back(problem_of(tree.error(), source));
        return reading;
    }
    TomlFindings findings;
    TableReader file(&*tree, "", findings);
    read_document(file, directory, reading.scenario);
    reading.problems = std::move(findings.problems);
    std::stable_sort(reading.problems.begin(), reading.problems.end(), [](const TomlProblem& a, const TomlProblem& b) {
        return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
    });
    return reading;
}

std::set<std::string> scenario_keys() {
    TomlFindings findings;
    TableReader file(nullptr, "", findings);
    Scenario scenario;
    read_document(file, {}, scenario);
    return findings.keys;
}

}  // namespace muster::cli::simulate

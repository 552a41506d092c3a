// SPDX-License-Identifier: Apache-2.0
// A fleet's return after outages, under the policies of several clients; writes the measured part of docs/backoff.md.
#include "policies.hpp"
#include "report.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace muster::storm {
namespace {

using std::chrono::seconds;

// Times are the same for a tenth of the devices at a tenth of the handshakes.
constexpr std::uint32_t scale = 10;

struct Place {
    std::string name;
    Scenario scenario;
};

Row run_one(const Contender& contender, Scenario scenario) {
    if (!contender.has_hints) scenario.hints.reset();
    if (contender.has_hints && !scenario.hints) scenario.hints = Hints{};
    auto policy = contender.make(scenario.devices, scenario.seed);
    const auto figures = run(scenario, *policy);
    std::cerr << "." << std::flush;
    return {contender.name, contender.has_hints, contender.name.rfind("muster", 0) == 0, scenario, figures};
}

std::vector<Group> run_all(const std::vector<Place>& places) {
    std::vector<Group> groups;
    for (const Place& place : places) {
        Group group{place.name, {}};
        for (const Contender& contender : contenders()) group.rows.push_back(run_one(contender, place.scenario));
        groups.push_back(std::move(group));
    }
    return groups;
}

Scenario fleet(std::uint32_t devices, std::uint32_t per_second, seconds outage) {
    Scenario scenario;
    scenario.devices = devices;
    scenario.per_second = per_second;
    scenario.outage = outage;
    return scenario;
}

/// The outages that the policy is judged by.
std::vector<Place> main_places(std::uint32_t devices, std::uint32_t per_second) {
    std::vector<Place> places;
    for (const auto& [name, outage] :
         {std::pair("5 s", seconds(5)), {"60 s", seconds(60)}, {"600 s", seconds(600)}, {"1 h", seconds(3'600)}})
        places.push_back({name, fleet(devices, per_second, outage)});
    return places;
}

std::vector<Place> silent_places(std::uint32_t devices, std::uint32_t per_second) {
    auto places = main_places(devices / scale, per_second / scale);
    for (Place& place : places) place.scenario.kind = Outage::silent;
    return places;
}

// Not those that it was made for.
std::vector<Place> other_places() {
    std::vector<Place> places;
    for (const std::uint32_t devices : {1'000U, 10'000U, 50'000U}) {
        for (const auto outage : {seconds(5), seconds(60)}) {
            Scenario scenario = fleet(devices, 200, outage);
            if (devices == 1'000) scenario.patience = 100;  // Its least time is 5 s.
            places.push_back({std::to_string(devices / 1'000) + ",000 devices, " + std::to_string(outage.count()) + " s", scenario});
        }
    }
    return places;
}

std::vector<Place> hard_places(std::uint32_t devices, std::uint32_t per_second) {
    devices /= scale;
    per_second /= scale;
    auto impatient = fleet(devices, per_second, seconds(60));
    impatient.connect_timeout = seconds(10);
    auto dear = fleet(devices, per_second, seconds(60));
    dear.hints = Hints{0.5, milliseconds(5'000)};
    const auto slow = fleet(devices, per_second / 5, seconds(60));
    return {
        {"clients that wait 10 s", impatient}, {"turning away costs half a handshake", dear}, {"a fifth of the handshakes a second", slow}};
}

struct Results {
    std::vector<Group> main, silent, other, hard;
};

std::string document(const Results& results) {
    std::ostringstream out;
    for (const Group& group : results.main) {
        out << "### After an outage of " << group.name << "\n\n";
        print_table(group, out);
        out << "\n";
    }
    out << "### The same when nothing answers during the outage\n\nTime to 99 %; wasted handshakes per device.\n\n";
    print_overview(results.silent, out);
    out << "\n### Fleets that it was not made for\n\n200 handshakes a second.\n\n";
    print_overview(results.other, out);
    out << "\n### Other circumstances, outage of 60 s\n\n";
    print_overview(results.hard, out);
    return out.str();
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path);
    file << text;
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

/// Replaces what stands between the page's two marks.
void write_page(const std::filesystem::path& page, const std::string& tables) {
    const std::string begin = "<!-- measured -->\n";
    const std::string end = "<!-- end -->";
    std::string text = read(page);
    const auto from = text.find(begin);
    const auto to = text.find(end);
    if (from == std::string::npos || to == std::string::npos) throw std::runtime_error(page.string() + " has no place for the tables");
    text.replace(from + begin.size(), to - from - begin.size(), "\n" + tables + "\n");
    write(page, text);
}

int bench(int argc, char** argv) {
    CLI::App app("The return of a fleet after an outage, under the reconnect policies of several clients: a model, in virtual time.");
    std::uint32_t devices = 1'000'000;
    std::uint32_t per_second = 5'000;
    std::string json;
    std::string docs;
    app.add_option("--devices", devices, "Devices of the fleet")->capture_default_str()->check(CLI::Range(1'000U, 10'000'000U));
    app.add_option("--per-second", per_second, "Handshakes that the broker does in a second")
        ->capture_default_str()
        ->check(CLI::Range(100U, 1'000'000U));
    app.add_option("--json", json, "Write every figure to this file");
    app.add_option("--docs", docs, "Write tables and plot into backoff.md and backoff.svg of this directory")
        ->check(CLI::ExistingDirectory);
    CLI11_PARSE(app, argc, argv);

    const Results results{run_all(main_places(devices, per_second)), run_all(silent_places(devices, per_second)), run_all(other_places()),
                          run_all(hard_places(devices, per_second))};
    std::cerr << "\n";
    const std::string tables = document(results);
    std::cout << tables;
    std::vector<Group> all = results.main;
    for (const auto* more : {&results.silent, &results.other, &results.hard}) all.insert(all.end(), more->begin(), more->end());
    if (!json.empty()) write(json, to_json(all));
    if (!docs.empty()) {
        write_page(std::filesystem::path(docs) / "backoff.md", tables);
        write(std::filesystem::path(docs) / "backoff.svg", plot(results.main));
    }
    int broken = 0;
    for (const Group& group : results.main) {
        for (const auto& sentence : judge(group)) {
            std::cerr << "storm_bench: " << sentence << "\n";
            ++broken;
        }
    }
    return broken == 0 ? 0 : 1;
}

}  // namespace
}  // namespace muster::storm

int main(int argc, char** argv) {
    try {
        return muster::storm::bench(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "storm_bench: " << error.what() << "\n";
        return 1;
    }
}

// SPDX-License-Identifier: Apache-2.0
// `./dev bench broker`: the works in rounds, every server in turn within a round, and what came out.
#include "report.hpp"
#include "work.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace muster::bench {
namespace {

struct Options {
    std::string muster = MUSTER_PROGRAM;
    std::vector<std::string> works;
    std::vector<std::string> servers{"muster", "mosquitto", "bare"};
    std::uint32_t rounds = 5;
    double seconds = 3;
    std::uint32_t window = 1;
    std::string json_file;
    bool smoke = false;
    bool pin = true;
};

const std::map<std::string, ServerKind> kinds{
    {"muster", ServerKind::muster}, {"mosquitto", ServerKind::mosquitto}, {"bare", ServerKind::bare}};

Scale scale_of(const Options& options) {
    if (options.smoke) return {std::chrono::milliseconds(50), std::chrono::milliseconds(100), 1, 500};
    Scale scale;
    scale.window = options.window;
    scale.measured = std::chrono::milliseconds(static_cast<int>(options.seconds * 1'000));
    return scale;
}

Outcome play(const Work& work, const Options& options, Bench& bench) {
    const Scale scale = scale_of(options);
    std::map<ServerKind, std::unique_ptr<Play>> plays;
    for (const auto& server : options.servers) plays[kinds.at(server)] = work.open(kinds.at(server), bench, scale);
    Outcome outcome;
    for (std::uint32_t round = 0; round < options.rounds; ++round) {
        for (const auto& [kind, one] : plays) outcome.rounds[kind].push_back(one->round());
    }
    return outcome;
}

/// What is not a matter of speed: nothing lost, nothing twice. Mosquitto may drop QoS 0 when its subscriber is slow; that is its right.
bool is_exact(const Outcome& outcome) {
    return std::all_of(outcome.rounds.begin(), outcome.rounds.end(), [](const auto& server) {
        return std::all_of(server.second.begin(), server.second.end(), [](const Metrics& metrics) {
            return std::none_of(metrics.begin(), metrics.end(), [](const auto& metric) {
                return (metric.first == "lost" || metric.first == "repeated") && metric.second != 0;
            });
        });
    });
}

bool is_chosen(const Work& work, const Options& options) {
    return options.works.empty() || std::find(options.works.begin(), options.works.end(), work.name) != options.works.end();
}

int run(const Options& options) {
    Bench bench(options.muster, options.pin);
    std::string json;
    bool exact = true;
    for (const auto& work : all_works()) {
        if (!is_chosen(work, options)) continue;
        std::cerr << "bench: " << work.name << std::endl;
        const Outcome outcome = play(work, options, bench);
        print_medians(work, outcome, std::cout);
        if (!options.smoke) print_verdicts(work, outcome, std::cout);
        json += (json.empty() ? "[\n" : ",\n") + to_json(work, outcome);
        exact = exact && is_exact(outcome);
    }
    if (!options.json_file.empty()) std::ofstream(options.json_file) << json << "\n]\n";
    if (!exact) std::cerr << "bench: messages were lost or came twice\n";
    return exact ? 0 : 1;
}

std::vector<std::string> work_names() {
    std::vector<std::string> names;
    for (const auto& work : all_works()) names.push_back(work.name);
    return names;
}

}  // namespace
}  // namespace muster::bench

int main(int count, char** words) {
    muster::bench::Options options;
    CLI::App app("Measures the bundled broker against Mosquitto and a bare relay, in alternation");
    app.add_option("--works", options.works, "Which works (default: all)")->check(CLI::IsMember(muster::bench::work_names()));
    app.add_option("--servers", options.servers, "Which servers")->check(CLI::IsMember({"muster", "mosquitto", "bare"}));
    app.add_option("--rounds", options.rounds, "How often each server plays each work; medians are taken over them")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    app.add_option("--seconds", options.seconds, "How long one measurement lasts")->capture_default_str();
    app.add_option("--window", options.window, "Writes of each publisher on their way")->check(CLI::Range(1, 1'000))->capture_default_str();
    app.add_option("--json", options.json_file, "Also write every number to this file");
    app.add_option("--muster", options.muster, "The muster program")->capture_default_str();
    app.add_flag("--smoke", options.smoke, "Tiny numbers: does it work, are the counts exact?");
    app.add_flag("!--no-pin", options.pin, "Let servers and clients share all processors");
    CLI11_PARSE(app, count, words);
    try {
        if (options.smoke) options.rounds = 1;
        return muster::bench::run(options);
    } catch (const std::exception& error) {
        std::cerr << "bench: " << error.what() << "\n";
        return 1;
    }
}

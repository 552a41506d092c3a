// SPDX-License-Identifier: Apache-2.0
// The device SDK measured beside the least that does the same: `./dev bench sdk`.
#include "contest.hpp"
#include "report.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace muster::bench {
namespace {

struct Options {
    std::vector<std::string> works;
    unsigned rounds = 5;
    std::string json_file;
    bool smoke = false;
    Scale scale;
};

std::vector<Work> all_works(const Scale& scale) {
    auto works = storing_works(scale);
    auto sending = sending_works(scale);
    std::move(sending.begin(), sending.end(), std::back_inserter(works));
    return works;
}

int run(const Options& options) {
    std::string json;
    for (const auto& work : all_works(options.scale)) {
        const bool is_chosen = options.works.empty() || std::any_of(options.works.begin(), options.works.end(),
                                                                    [&](const auto& name) { return work.name.rfind(name, 0) == 0; });
        if (!is_chosen) continue;
        std::cerr << "bench: " << work.name << std::endl;
        Outcome outcome(work.sides.size());
        for (unsigned round = 0; round < options.rounds; ++round) {
            for (std::size_t side = 0; side < work.sides.size(); ++side) outcome[side].push_back(work.sides[side].round());
        }
        print(work, outcome, std::cout);
        json += (json.empty() ? "[\n" : ",\n") + to_json(work, outcome);
    }
    if (!options.json_file.empty()) std::ofstream(options.json_file) << json << "\n]\n";
    return 0;
}

Options of_a_smoke(Options options) {
    options.rounds = 1;
    options.scale.memory_readings = options.scale.process_readings = options.scale.disk_readings = 200;
    options.scale.sent_readings = options.scale.batched_readings = options.scale.drained_readings = 1'000;
    return options;
}

}  // namespace
}  // namespace muster::bench

int main(int count, char** words) {
    muster::bench::Options options;
    CLI::App app(
        "Measures the device SDK against bare SQLite, bare Paho and a ring buffer, in alternation; TMPDIR is where files are written");
    app.add_option("--works", options.works, "Which works, by the beginning of their names (default: all)");
    app.add_option("--rounds", options.rounds, "How often each side does each work; medians are taken over them")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    app.add_option("--threads", options.scale.threads, "How many publish at once where they wait for a commit")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_option("--drained", options.scale.drained_readings, "How many readings wait when the outage ends")->capture_default_str();
    app.add_option("--json", options.json_file, "Also write every number to this file");
    app.add_flag("--smoke", options.smoke, "Tiny numbers: does it work?");
    CLI11_PARSE(app, count, words);
    try {
        return muster::bench::run(options.smoke ? of_a_smoke(options) : options);
    } catch (const std::exception& error) {
        std::cerr << "bench: " << error.what() << "\n";
        return 1;
    }
}

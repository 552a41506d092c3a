// SPDX-License-Identifier: Apache-2.0
// Runs seeds of the simulation, and replays one: `simulation --seed 17 --trace`.
#include "fleet.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

namespace muster::test {
namespace {

constexpr const char* usage =
    "usage: simulation [--seeds N] [--first N]   run N seeds (200), from the first (1) on; stops at the first broken promise\n"
    "       simulation --seed N [--trace]        run one, and print what happens\n"
    "       simulation --replays [--seeds N]     run each twice, and compare\n"
    "       simulation --finds [--seeds N]       succeeds if a promise is broken: for programs with a planted bug\n";

// In so many, everything happens.
constexpr std::uint64_t seeds_for_everything = 100;

struct Options {
    std::uint64_t first = 1;
    std::uint64_t seeds = 200;
    bool is_traced = false;
    bool finds = false;
    bool replays = false;
};

std::optional<Options> parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--trace" || name == "--finds" || name == "--replays") {
            (name == "--trace" ? options.is_traced : name == "--finds" ? options.finds : options.replays) = true;
            continue;
        }
        char* end = nullptr;
        const auto number = i + 1 < argc ? std::strtoull(argv[++i], &end, 10) : 0;
        if (end == nullptr || *end != '\0') return std::nullopt;
        if (name == "--seed") {
            options.first = number;
            options.seeds = 1;
        } else if (name == "--seeds") {
            options.seeds = number;
        } else if (name == "--first") {
            options.first = number;
        } else {
            return std::nullopt;
        }
    }
    return options;
}

void print(std::uint64_t seed, const Verdict& verdict) {
    std::printf("seed %llu, step %llu, after %.3f s, device %zu: %s: %s\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(verdict.step), World::seconds(verdict.time), verdict.device, name_of(verdict.promise),
                verdict.words.c_str());
    std::printf("again: simulation --seed %llu --trace\n", static_cast<unsigned long long>(seed));
}

void print(std::uint64_t seeds, const Totals& totals, std::chrono::steady_clock::time_point began) {
    const auto count = [](const char* what, std::uint64_t n) { std::printf(", %llu %s", static_cast<unsigned long long>(n), what); };
    std::printf("%llu seeds", static_cast<unsigned long long>(seeds));
    count("devices", totals.devices);
    count("steps", totals.steps);
    count("messages", totals.offered);
    count("received", totals.received);
    count("duplicates", totals.duplicates);
    count("connections", totals.connects);
    count("takeovers", totals.takeovers);
    count("trials", totals.trials);
    count("busy", totals.refused_for_now);
    count("fleets in an outage", totals.storms);
    std::printf(", in %.1f s\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}

bool is_the_same_again(std::uint64_t seed, const Totals& totals) {
    Fleet again(seed);
    static_cast<void>(again.run());
    if (again.totals() == totals) return true;
    std::printf("seed %llu gives another run each time\n", static_cast<unsigned long long>(seed));
    return false;
}

// Runs in which nothing happens keep every promise.
bool is_idle(const Totals& totals) {
    return totals.received == 0 || totals.duplicates == 0 || totals.takeovers == 0 || totals.trials == 0 || totals.refused_for_now == 0 ||
           totals.storms == 0;
}

int run(const Options& options) {
    const auto began = std::chrono::steady_clock::now();
    Totals totals;
    for (auto seed = options.first; seed < options.first + options.seeds; ++seed) {
        std::optional<Verdict> verdict;
        Totals of_this;
        {
            Fleet fleet(seed, options.is_traced);
            verdict = fleet.run();
            of_this = fleet.totals();
        }
        totals += of_this;
        if (options.replays && !is_the_same_again(seed, of_this)) return EXIT_FAILURE;
        if (!verdict) continue;
        print(seed, *verdict);
        return options.finds ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    print(options.seeds, totals, began);
    if (options.seeds >= seeds_for_everything && is_idle(totals)) {
        std::puts("something has not happened in any of them: they show nothing");
        return EXIT_FAILURE;
    }
    return options.finds ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace
}  // namespace muster::test

int main(int argc, char** argv) {
    const auto options = muster::test::parse(argc, argv);
    if (!options) {
        std::fputs(muster::test::usage, stderr);
        return 2;
    }
    return muster::test::run(*options);
}

// SPDX-License-Identifier: Apache-2.0
// `muster` as users call it: it tells about its commands and runs the light ones, at the cost of a small program, and has the others run
// by the worker (worker_main.cpp), which loads what they need.
#include "commands/runs.hpp"
#include "hand_over.hpp"
#include "program.hpp"

int main(int argc, char** argv) {
    using namespace muster::cli;
    Abilities abilities;
    add_light_runs(abilities.runs);
    abilities.hand_over = [argv] { return hand_over(argv); };
    abilities.broker_words = [argv](Words, const std::string&, const std::string&) {
        (void)hand_over(argv);  // Whoever presses TAB is told nothing.
        return std::vector<Candidate>();
    };
    return run_program(argc, argv, abilities);
}

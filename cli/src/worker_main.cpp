// SPDX-License-Identifier: Apache-2.0
// The program that runs the commands: `muster` hands its command lines over to it (main.cpp).
#include "commands/broker_words.hpp"
#include "commands/runs.hpp"
#include "program.hpp"

int main(int argc, char** argv) {
    using namespace muster::cli;
    Abilities abilities;
    add_light_runs(abilities.runs);
    add_heavy_runs(abilities.runs);
    abilities.broker_words = &ask_broker_for;
    return run_program(argc, argv, abilities);
}

// SPDX-License-Identifier: Apache-2.0
// When the faults of a scenario begin, and by which seeds they strike.
#include "faults/timeline.hpp"

#include "fault_stage.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace muster::test {
namespace {

using testbroker::Scenario;
using testbroker::faults::Timeline;

Scenario three_steps() {
    Scenario scenario;
    scenario.seed = 7;
    scenario.steps = {{2s, fault_of(FaultKind::freeze)}, {0ms, fault_of(FaultKind::refuse)}, {2s, fault_of(FaultKind::take_over)}};
    return scenario;
}

}  // namespace

TEST_CASE("faults come at their times, and those of one time in the scenario's order") {
    ManualClock clock;
    Timeline timeline(three_steps(), clock.now());
    CHECK(timeline.next() == clock.now());
    auto due = timeline.due(clock.now());
    REQUIRE(due.size() == 1);
    CHECK(due[0].kind == FaultKind::refuse);
    CHECK(timeline.next() == clock.now() + 2s);
    clock.advance(1'999ms);
    CHECK(timeline.due(clock.now()).empty());
    clock.advance(1ms);
    due = timeline.due(clock.now());
    REQUIRE(due.size() == 2);
    CHECK(due[0].kind == FaultKind::freeze);
    CHECK(due[1].kind == FaultKind::take_over);
    CHECK_FALSE(timeline.next());
    clock.advance(1h);
    CHECK(timeline.due(clock.now()).empty());
}

TEST_CASE("a clock that was late brings everything that is due") {
    ManualClock clock;
    Timeline timeline(three_steps(), clock.now());
    clock.advance(1h);
    CHECK(timeline.due(clock.now()).size() == 3);
}

TEST_CASE("seeds come from the scenario's seed and the place of the step, unless the step names one") {
    const auto seeds = [](std::uint64_t seed) {
        ManualClock clock;
        Scenario scenario = three_steps();
        scenario.seed = seed;
        scenario.steps[1].fault.seed = 99;
        clock.advance(1h);
        Timeline timeline(scenario, clock.now() - 1h);
        std::vector<std::uint64_t> all;
        for (const auto& fault : timeline.due(clock.now())) all.push_back(fault.seed);
        return all;
    };
    const auto first = seeds(7);
    CHECK(first == seeds(7));
    CHECK(first[0] == 99);
    CHECK(std::set(first.begin(), first.end()).size() == 3);
    CHECK(first[1] != seeds(8)[1]);
}

// Virtual time: a scenario of a minute, a client that tries every second, the same outcome each time.
TEST_CASE("a scenario replayed with its seed refuses the same client at the same tries") {
    const auto replay = [](std::uint64_t seed) {
        FaultStage stage;
        Scenario scenario;
        scenario.seed = seed;
        Fault fault = fault_of(FaultKind::refuse);
        fault.probability = 0.5;
        fault.duration = 30s;
        scenario.steps = {{10s, fault}};
        Timeline timeline(scenario, stage.clock.now());
        std::string outcome;
        for (int second = 0; second < 60; ++second, stage.clock.advance(1s)) {
            for (const auto& due : timeline.due(stage.clock.now())) stage.add(due);
            outcome += stage.refuses({"acme", "press-01"}) ? 'x' : '.';
        }
        return outcome;
    };
    const auto first = replay(1);
    CHECK(first == replay(1));
    CHECK(first != replay(2));
    CHECK(first.substr(0, 10) == "..........");
    CHECK(first.substr(10, 30).find('x') != std::string::npos);
    CHECK(first.substr(10, 30).find('.') != std::string::npos);
    CHECK(first.substr(40) == "....................");
}

}  // namespace muster::test

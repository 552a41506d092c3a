// SPDX-License-Identifier: Apache-2.0
// What one simulation leaves for the next: names, numbers and places, and nothing for whoever it is not meant for.
#include "simulate/outbox_place.hpp"
#include "support/temporary_directory.hpp"

#include <muster/fleet/simulation_state.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace muster::fleet {
namespace {

using namespace std::chrono_literals;

SimulationPlan plan_of(const std::string& topic) {
    SimulationPlan plan;
    plan.devices = {{"a", "", {}}, {"b/1", "", {}}};
    plan.duration = 10s;
    plan.sensors.resize(1);
    plan.sensors[0].topic = topic;
    plan.sensors[0].interval = 1s;
    return plan;
}

std::string why(const Result<void>& result) {
    return result ? std::string() : result.error().message();
}

TEST_CASE("a later run has the name of the first, and numbers that it cannot have reached") {
    const test::TemporaryDirectory directory;
    const auto place = directory.path() / "state";
    std::string run_id;
    {
        auto state = SimulationState::open(place);
        REQUIRE(state);
        run_id = (*state)->run_id();
        CHECK(run_id.size() == 8);
        auto plan = plan_of("t");
        REQUIRE((*state)->enter(plan));
        CHECK((plan.first_reading == 1 && (*state)->runs() == 1));
        CHECK(plan.outbox_directory == place / "outboxes");
    }
    auto state = SimulationState::open(place);
    REQUIRE(state);
    CHECK((*state)->run_id() == run_id);
    auto plan = plan_of("t");
    REQUIRE((*state)->enter(plan));
    CHECK((plan.first_reading == 13 && (*state)->runs() == 2));
}

TEST_CASE("a directory is one simulation's at a time") {
    const test::TemporaryDirectory directory;
    auto state = SimulationState::open(directory.path());
    REQUIRE(state);
    const auto second = SimulationState::open(directory.path());
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == Code::in_use);
    state->reset();
    CHECK(SimulationState::open(directory.path()));
}

TEST_CASE("a run without a sensor that gave readings is refused, one with more is not") {
    const test::TemporaryDirectory directory;
    auto state = SimulationState::open(directory.path());
    REQUIRE(state);
    auto plan = plan_of("a topic/x");
    REQUIRE((*state)->enter(plan));
    auto other = plan_of("y");
    CHECK(why((*state)->enter(other)).find("there sensor a%20topic/x gave readings") != std::string::npos);
    auto rooted = plan_of("a topic/x");
    rooted.config.topic_root = "r";
    CHECK_FALSE((*state)->enter(rooted));
    auto more = plan_of("a topic/x");
    more.sensors.push_back(more.sensors[0]);
    more.sensors[1].topic = "y";
    CHECK((*state)->enter(more));
    // Those of another group have outboxes of their own.
    auto grouped = plan_of("z");
    grouped.groups.resize(1);
    grouped.groups[0].name = "g";
    grouped.groups[0].devices = 2;
    grouped.groups[0].sensors = grouped.sensors;
    CHECK((*state)->enter(grouped));
}

TEST_CASE("outboxes of devices that are not in the run are counted") {
    const test::TemporaryDirectory directory;
    auto state = SimulationState::open(directory.path());
    REQUIRE(state);
    auto plan = plan_of("t");
    REQUIRE((*state)->enter(plan));
    for (const auto& device : plan.devices) std::ofstream(outbox_place(plan.outbox_directory, device.client_id)) << "x";
    std::ofstream(outbox_place(plan.outbox_directory, "a").string() + "-wal") << "x";
    CHECK((*state)->unused_outboxes(plan) == 0);
    plan.devices.pop_back();
    CHECK((*state)->unused_outboxes(plan) == 1);
    auto grouped = plan;
    grouped.groups.resize(1);
    grouped.groups[0].name = "g";
    grouped.groups[0].devices = 1;
    CHECK((*state)->unused_outboxes(grouped) == 2);
}

TEST_CASE("a state that was damaged is refused with the line that is wrong") {
    const test::TemporaryDirectory directory;
    const auto file = directory.path() / "simulation.state";
    const std::string sound = "muster simulation 1\nrun r\nruns 1\nnext 5\nsensor % % t 0 1\n";
    const auto told = [&](const std::string& text) {
        std::ofstream(file) << text;
        const auto state = SimulationState::open(directory.path());
        return state ? std::string() : state.error().message();
    };
    CHECK(told(sound).empty());
    CHECK(told("muster simulation 2\n") == file.string() + ":1: this is no state of a simulation");
    CHECK(told(sound + "next 6\n") == file.string() + ":6: this is no state of a simulation");
    CHECK(told(sound + "last 6\n") == file.string() + ":6: this is no state of a simulation");
    CHECK(told("muster simulation 1\nrun %4\n") == file.string() + ":2: this is no state of a simulation");
    CHECK(told("muster simulation 1\nrun r\nruns 0\n") == file.string() + ":3: this is no state of a simulation");
    CHECK(told("muster simulation 1\nrun r\nruns 1\n") == file.string() + " ends early");
    CHECK(told("") == file.string() + " ends early");
}

TEST_CASE("every client id has a file of its own, within the directory") {
    for (const std::string id : {"pump-1", "..", "../x", "a/b", "a%2Fb", "ü", "a b", ""}) {
        INFO(id);
        const auto place = outbox_place("/s", id);
        CHECK(place.parent_path() == "/s");
        const auto stem = place.filename().string();
        if (!id.empty()) CHECK(unescaped(stem.substr(0, stem.size() - std::string(outbox_suffix).size())) == id);
    }
    CHECK_FALSE(unescaped("%G0"));
    CHECK_FALSE(unescaped("a%2"));
}

TEST_CASE("plans without an outbox in a file have nothing to keep") {
    auto plan = plan_of("t");
    CHECK(has_outbox_files(plan));
    plan.has_outbox_files = false;
    CHECK_FALSE(has_outbox_files(plan));
    plan.has_outbox_files = true;
    plan.kind = SimulatedKind::light;
    CHECK_FALSE(has_outbox_files(plan));
    plan.groups.resize(1);
    CHECK(has_outbox_files(plan));
}

}  // namespace
}  // namespace muster::fleet

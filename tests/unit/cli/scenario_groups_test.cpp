// SPDX-License-Identifier: Apache-2.0
// Groups of a scenario: what they have from it, and how many devices each gets.
#include "simulate/allotment.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace muster::cli::simulate {
namespace {

using namespace std::chrono_literals;
using fleet::SimulatedKind;

const std::string sensor = "[[sensor]]\ntopic = \"t\"\nvalue = [{ name = \"x\", model = \"constant\" }]\n";

Scenario read(const std::string& text) {
    auto reading = read_scenario(sensor + text, "s", {});
    for (const auto& problem : reading.problems) FAIL_CHECK(problem.what);
    return std::move(reading.scenario);
}

TEST_CASE("a group is as its scenario, but for what it says") {
    const auto scenario = read(
        "[[group]]\nname = \"a\"\nshare = 0.5\n"
        "[[group]]\nname = \"b\"\nkind = \"light\"\nstart_spread = \"2s\"\noutbox = \"memory\"\n"
        "[[group.sensor]]\ntopic = \"u\"\nvalue = [{ name = \"y\", model = \"constant\" }]\n"
        "[group.config]\nwindow = 7\n[group.config.backoff]\ncap_ms = 9000\n"
        "[config]\nwindow = 5\nkeep_alive_s = 20\n[config.backoff]\nbase_ms = 400\n");
    const auto& groups = scenario.plan.groups;
    REQUIRE(groups.size() == 2);
    CHECK((groups[0].kind == SimulatedKind::full && groups[1].kind == SimulatedKind::light));
    CHECK(groups[0].sensors.at(0).topic == "t");
    CHECK((groups[1].sensors.size() == 1 && groups[1].sensors[0].topic == "u"));
    CHECK((groups[0].start_spread == 0s && groups[1].start_spread == 2s));
    CHECK((groups[0].has_outbox_files && !groups[1].has_outbox_files));
    CHECK((groups[0].config.window == 5 && groups[1].config.window == 7));
    CHECK(groups[1].config.keep_alive == 20s);
    CHECK(groups[1].config.backoff.base == 400ms);
    CHECK((groups[0].config.backoff.cap != 9s && groups[1].config.backoff.cap == 9s));
}

std::vector<std::uint32_t> parts_of(const std::vector<std::string>& sizes, std::optional<std::uint32_t> asked) {
    std::string text;
    for (std::size_t group = 0; group < sizes.size(); ++group)
        text += "[[group]]\nname = \"g" + std::to_string(group) + "\"\n" + sizes[group] + "\n";
    auto scenario = read(text);
    if (const auto problem = allot(scenario, asked)) return {};
    std::vector<std::uint32_t> parts;
    for (const auto& group : scenario.plan.groups) parts.push_back(group.devices);
    CHECK(scenario.devices == asked.value_or(scenario.devices));
    return parts;
}

TEST_CASE("groups have together as many devices as there are, and each at least one") {
    using Parts = std::vector<std::uint32_t>;
    CHECK(parts_of({"share = 0.9", "share = 0.1"}, 100) == Parts{90, 10});
    CHECK(parts_of({"share = 0.9", "share = 0.1"}, 2) == Parts{1, 1});
    CHECK(parts_of({"share = 0.9", "share = 0.1"}, 5) == Parts{4, 1});
    CHECK(parts_of({"share = 0.9", "share = 0.1"}, {}) == Parts{9, 1});
    CHECK(parts_of({"share = 0.333", "share = 0.333", "share = 0.334"}, 10) == Parts{3, 3, 4});
    CHECK(parts_of({"devices = 3", "devices = 4"}, {}) == Parts{3, 4});
    CHECK(parts_of({"devices = 3", ""}, 10) == Parts{3, 7});
    CHECK(parts_of({"", "devices = 3", "share = 0.25"}, 20) == Parts{12, 3, 5});
    CHECK(parts_of({"devices = 10", "share = 0.9"}, 100) == Parts{10, 90});
    CHECK(parts_of({"share = 0.5", "share = 0.25", ""}, 3) == Parts{1, 1, 1});
    CHECK(parts_of({"", "share = 0.000001"}, 1'000'000) == Parts{999'999, 1});
}

TEST_CASE("groups that cannot have their devices are refused") {
    CHECK(parts_of({"devices = 3", "devices = 4"}, 6).empty());
    CHECK(parts_of({"devices = 3", "devices = 4"}, 8).empty());
    CHECK(parts_of({"devices = 3", ""}, 3).empty());
    CHECK(parts_of({"devices = 10", "share = 0.9"}, 50).empty());
    CHECK(parts_of({"devices = 10", "share = 0.5"}, 50).empty());
    CHECK(parts_of({"share = 0.9", "share = 0.1"}, 1).empty());
    auto scenario = read("[[group]]\nname = \"a\"\ndevices = 7\n");
    scenario.devices = 5;
    scenario.says_devices = true;
    const auto problem = allot(scenario, {});
    REQUIRE(problem);
    CHECK(problem->place.line == 6);
    CHECK(problem->what == "the groups have 7 devices together, and the run has 5: raise --clients, or lower devices of a group");
}

}  // namespace
}  // namespace muster::cli::simulate

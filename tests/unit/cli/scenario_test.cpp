// SPDX-License-Identifier: Apache-2.0
// Scenario files: every mistake is told with its place, and every key is in the reference.
#include "simulate/scenario.hpp"

#include "simulate/builtin.hpp"
#include "simulate/recording.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <regex>
#include <sstream>

namespace muster::cli::simulate {
namespace {

using namespace std::chrono_literals;

std::string problems_of(const std::string& text, const std::filesystem::path& directory = {}) {
    std::string all;
    for (const auto& problem : read_scenario(text, "s.toml", directory).problems)
        all += std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column) + ": " + problem.what + "\n";
    return all;
}

const std::string sensor = "[[sensor]]\ntopic = \"t\"\nvalue = [{ name = \"x\", model = \"constant\" }]\n";

TEST_CASE("a scenario is read with its defaults") {
    const auto reading =
        read_scenario("duration = \"1.5m\"\n" + sensor + "[config]\nwindow = 5\n[[config.classes]]\nfilter = \"t\"\nqos = 0\n", "s", {});
    REQUIRE(reading.problems.empty());
    const auto& plan = reading.scenario.plan;
    CHECK(plan.duration == 90s);
    CHECK(plan.sensors.at(0).interval == 10s);
    CHECK(plan.sensors.at(0).values.at(0).name == "x");
    CHECK(plan.config.window == 5);
    CHECK(plan.config.classes.at(0).options.qos == Qos::at_most_once);
}

TEST_CASE("every mistake is told with its place, not only the first") {
    CHECK(problems_of("durations = \"5s\"\nseed = -1\nkind = \"big\"\nname = 5\n" + sensor) ==
          "1:1: there is no key durations; did you mean duration?\n"
          "2:8: seed: -1 is not from 0 to 9.22337e+18\n"
          "3:8: kind: 'big' is none of full, light\n"
          "4:8: name: a text is expected, and there is a whole number\n");
    CHECK(problems_of("duration = 5\ndrain = \"5x\"\nstart_spread = \"8d\"\n" + sensor) ==
          "1:12: duration: a whole number is no duration, such as \"500ms\", \"10s\", \"5m\" or \"1h\"\n"
          "2:9: drain: '5x' is no duration, such as \"500ms\", \"10s\", \"5m\" or \"1h\"\n"
          "3:16: start_spread: 8d is not from 0s to 7d\n");
}

TEST_CASE("what is no TOML is told with its place") {
    CHECK(problems_of("duration = \n").rfind("1:", 0) == 0);
}

TEST_CASE("sensors are checked, and a key of another model says whose it is") {
    CHECK(problems_of("name = \"x\"\n") == "1:1: sensor is missing\n");
    CHECK(problems_of("[[sensor]]\ntopic = \"a/#\"\njitter = \"20s\"\n").find("sensor[].value is missing") != std::string::npos);
    CHECK(problems_of("[[sensor]]\ntopic = \"a/#\"\nvalue = [{ name = \"x\", model = \"constant\" }]\n").rfind("2:9: ", 0) == 0);
    CHECK(problems_of(
              "[[sensor]]\ntopic = \"t\"\njitter = \"20s\"\nvalue = [{ name = \"x\", model = \"step\", values = [1], mean = 2 }]\n") ==
          "3:10: sensor[].jitter is above interval\n"
          "4:54: sensor[].value[].mean: only of the model daily-cycle\n");
    CHECK(problems_of(sensor + sensor) == "5:9: two sensors have the topic 't'\n");
    CHECK(problems_of("[[sensor]]\ntopic = \"t\"\nvalue = [{ name = \"x\", model = \"random-walk\", min = 3, max = 2 }]\n") ==
          "3:53: sensor[].value[].min is above max\n");
    CHECK(problems_of("[[sensor]]\ntopic = \"t\"\nvalue = [{ name = \"x\", model = \"random-walk\", min = 3, start = 2 }]\n") ==
          "3:64: sensor[].value[].start is not from min to max\n");
    CHECK(problems_of("[[sensor]]\ntopic = \"t\"\nvalue = [{ name = \"x\", model = \"random-walk\", min = 3 }]\n").empty());
}

TEST_CASE("a mistake in the devices' configuration is told at its place") {
    CHECK(problems_of(sensor + "[config]\nwindow = 500\n").rfind("5:10: ", 0) == 0);
    CHECK(problems_of(sensor + "[[config.classes]]\nfilter = \"t\"\nbatch = { max_age = 5 }\n").rfind("6:", 0) == 0);
    CHECK(problems_of(sensor + "[config]\nclient_id = \"x\"\n") == "5:1: config.client_id: each device has its own, which flags say\n");
}

TEST_CASE("recorded values come from a column of a CSV file") {
    const test::TemporaryDirectory directory;
    const auto file = directory.path() / "day.csv";
    std::ofstream(file) << "time,celsius\n0,20.5\n1,21\n";
    CHECK(*load_recording(file, "celsius") == std::vector<double>{20.5, 21});
    CHECK(load_recording(file, "kelvin").error().message() == file.string() + ":1:1: there is no column 'kelvin', only time, celsius");
    const std::string replay =
        "[[sensor]]\ntopic = \"t\"\nvalue = [{ name = \"x\", model = \"replay\", file = \"day.csv\", column = \"celsius\" }]\n";
    CHECK(read_scenario(replay, "s", directory.path()).scenario.plan.sensors.at(0).values.at(0).values.size() == 2);
    std::ofstream(file) << "celsius\n20.5\nwarm\n";
    CHECK(load_recording(file, "celsius").error().message() == file.string() + ":3:1: 'warm' is no number");
    CHECK(problems_of(replay, directory.path()).find(":3:1: 'warm' is no number") != std::string::npos);
    CHECK(problems_of(replay, directory.path()).rfind("3:", 0) == 0);
    CHECK(problems_of("[[sensor]]\ntopic = \"t\"\nvalue = [{ name = \"x\", model = \"replay\" }]\n") ==
          "3:10: sensor[].value[]: either values, or file and column\n");
}

TEST_CASE("the scenarios that come with muster are sound and named as they say") {
    for (const auto& builtin : builtin_scenarios()) {
        INFO(builtin.name);
        CHECK(problems_of(std::string(builtin.text)).empty());
        const auto scenario = read_scenario(std::string(builtin.text), "s", {}).scenario;
        CHECK(scenario.name == builtin.name);
        CHECK(scenario.description == builtin.description);
    }
    CHECK(find_builtin("nothing") == nullptr);
}

TEST_CASE("docs/reference/scenario.md has every key, and no other") {
    std::ifstream file(MUSTER_SCENARIO_PAGE);
    std::stringstream page;
    page << file.rdbuf();
    const std::string text = page.str();
    std::set<std::string> documented;
    const std::regex row("\n\\| `([^`]+)` \\|");
    for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at) documented.insert((*at)[1]);
    CHECK(documented == scenario_keys());
}

}  // namespace
}  // namespace muster::cli::simulate

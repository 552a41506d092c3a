// SPDX-License-Identifier: Apache-2.0
// A scenario: what a fleet is and what happens to it, as a file says it.
#pragma once

#include "config/toml_reader.hpp"

#include <muster/fleet/simulate.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace muster::cli::simulate {

/// How many devices a group has: a share of all, so many, or, with neither, those that are left.
struct GroupSize {
    std::optional<double> share;
    std::optional<std::uint32_t> devices;
    TomlPlace place;
};

/// Where and as whom it runs is not its affair: that is what flags say.
struct Scenario {
    std::string name;
    std::string description;
    std::uint32_t devices = 10;
    bool says_devices = false;     ///< That many are the scenario's own word.
    std::vector<GroupSize> sizes;  ///< Of the plan's groups, which have none: see allot().
    fleet::SimulationPlan plan;    ///< Without devices, endpoint and directory.
};

/// A scenario, or what is wrong with it: with problems it is of no use.
struct ScenarioReading {
    Scenario scenario;
    std::vector<TomlProblem> problems;  ///< In the order of their places.
};

/// `source` is named in messages of the SDK; files in the scenario are relative to `directory`.
[[nodiscard]] ScenarioReading read_scenario(const std::string& text, const std::string& source, const std::filesystem::path& directory);

/// Every key that a scenario may have, as `sensor[].value[].name`; of `config` that it is there.
[[nodiscard]] std::set<std::string> scenario_keys();

}  // namespace muster::cli::simulate

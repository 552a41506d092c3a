// SPDX-License-Identifier: Apache-2.0
// The table `[config]` of a scenario: the configuration of its devices, in the SDK's own keys.
#pragma once

#include "config/toml_reader.hpp"

#include <muster/fleet/simulate.hpp>

#include <filesystem>

namespace muster::cli::simulate {

/// What is wrong with it is told through `file`, at the place of the key that it is about.
void read_device_config(const TomlNode& config, const std::filesystem::path& directory, fleet::SimulationPlan& plan, TableReader& file);

}  // namespace muster::cli::simulate

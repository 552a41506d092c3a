// SPDX-License-Identifier: Apache-2.0
// The tables `[[sensor]]` and `[[sensor.value]]` of a scenario.
#pragma once

#include "config/toml_reader.hpp"

#include <muster/fleet/simulate.hpp>

#include <filesystem>
#include <vector>

namespace muster::cli::simulate {

/// Adds a sensor. Files are relative to `directory`.
void read_sensor(TableReader& table, const std::filesystem::path& directory, std::vector<fleet::SimulatedSensor>& sensors);

}  // namespace muster::cli::simulate

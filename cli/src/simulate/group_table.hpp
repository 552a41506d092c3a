// SPDX-License-Identifier: Apache-2.0
// The table `[[group]]` of a scenario: devices that differ from its others.
#pragma once

#include "config/toml_reader.hpp"
#include "simulate/scenario.hpp"

#include <filesystem>

namespace muster::cli::simulate {

/// Adds a group to the plan, and its size to the scenario. What it does not say is as the plan has it by now. `config` is the scenario's
/// own; null: there is none.
void read_group(TableReader& table, const TomlNode* config, const std::filesystem::path& directory, Scenario& scenario);

/// What only shows once all groups are read: how many devices they leave to whom.
void check_sizes(TableReader& file, const Scenario& scenario);

}  // namespace muster::cli::simulate

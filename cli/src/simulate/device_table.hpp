// SPDX-License-Identifier: Apache-2.0
// The table `[config]` of a scenario: the configuration of its devices, in the SDK's own keys.
#pragma once

#include "config/toml_reader.hpp"

#include <muster/fleet/simulate.hpp>

#include <filesystem>

namespace muster::cli::simulate {

/// What a configuration is read from.
struct ConfigTables {
    const TomlNode* common;  ///< The scenario's; null: there is none.
    const TomlNode* own;     ///< A group's, key by key in place of the scenario's, arrays as a whole; null: there is none.
    TomlPlace place;         ///< Of what neither of them has said.
    bool has_outbox_files;
};

/// What is wrong is told through `file`, at the place of the key that it is about.
void read_device_config(const ConfigTables& tables, const std::filesystem::path& directory, DeviceConfig& config, TableReader& file);

}  // namespace muster::cli::simulate

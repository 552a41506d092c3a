// SPDX-License-Identifier: Apache-2.0
// What a device is called, and where its topics are rooted.
#pragma once

#include "device/sources.hpp"

#include <muster/device_config.hpp>
#include <muster/result.hpp>

#include <filesystem>
#include <string>

namespace muster::device {

/// Where a machine says what it is.
struct MachineFiles {
    std::filesystem::path machine_id = "/etc/machine-id";
    std::filesystem::path interfaces = "/sys/class/net";
};

/// The client id by the configuration's scheme and template; `common_name` is the certificate's, or empty. Fails with
/// Code::invalid_argument and Code::not_found (what the scheme wants is not there), and as base::store_file() where an id is kept.
Result<std::string> client_id_of(const DeviceConfig& config, const std::string& common_name, const MachineFiles& machine = {},
                                 const Sources& sources = Sources());

/// A UUID of version 8 (RFC 9562, section 5.8): SHA-256 of both, cut.
[[nodiscard]] std::string hashed_id(const std::string& salt, const std::string& source);

/// `topic_root` of this client id. Fails with Code::invalid_argument if a name would change the root's levels.
Result<std::string> topic_root_of(const DeviceConfig& config, const std::string& client_id);

}  // namespace muster::device

// SPDX-License-Identifier: Apache-2.0
// As whom the device connects, from its configuration and files.
#pragma once

#include "base/file_lock.hpp"
#include "device/sources.hpp"

#include <muster/device_config.hpp>
#include <muster/identity.hpp>
#include <muster/transport.hpp>

#include <filesystem>
#include <optional>

namespace muster::device {

/// Where a link's key, certificate and trust anchors come from, when there is an identity directory.
struct IdentitySource {
    std::filesystem::path directory;  ///< Empty: there is none.
    bool gives_trust_anchors = true;  ///< Unless `ca_file` does.

    void use(const IdentityFiles& files, transport::LinkOptions& options) const;
};

[[nodiscard]] IdentitySource identity_source(const DeviceConfig& config);

/// Keeps every other device from connecting under this one's name, or renewing its certificate: brokers end the older of two connections,
/// so that the two would push each other out for ever. None is needed, and none taken, where the configuration gives a client id and no EST
/// server: applications share certificates. Fails with Code::in_use, and as FileLock::acquire_directory().
Result<std::optional<base::FileLock>> lock_identity(const DeviceConfig& config);

/// Everything of a link but its endpoint. The certificate is checked (Code::expired, unsafe_file, corrupt, not_found); where it
/// can be renewed it may have expired, for the server decides whether it still counts. The password is read
/// from its file.
Result<transport::LinkOptions> load_credentials(const DeviceConfig& config, const Sources& sources = Sources());

}  // namespace muster::device

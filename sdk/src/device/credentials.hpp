// SPDX-License-Identifier: Apache-2.0
// As whom the device connects, from its configuration and files.
#pragma once

#include "transport/transport.hpp"

#include <muster/device_config.hpp>

namespace muster::device {

/// Everything of a link but its endpoint. The certificate is checked (Code::expired, unsafe_file, corrupt, not_found); the password is read
/// from its file.
Result<transport::LinkOptions> load_credentials(const DeviceConfig& config);

}  // namespace muster::device

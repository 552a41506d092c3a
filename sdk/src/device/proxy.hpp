// SPDX-License-Identifier: Apache-2.0
// The proxy of a configuration, as a link wants it.
#pragma once

#include "base/uri.hpp"

#include <muster/device_config.hpp>

#include <string>
#include <vector>

namespace muster::device {

/// What LinkOptions::proxy wants, for each endpoint. Fails with Code::invalid_argument where the environment names a proxy that the
/// configuration does not ask for: Paho would obey it, and takes no option that says otherwise. Otherwise as base::load_secret_file().
Result<std::vector<std::string>> proxies_of(const DeviceConfig& config, const std::vector<base::Endpoint>& endpoints);

}  // namespace muster::device

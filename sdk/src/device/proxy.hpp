// SPDX-License-Identifier: Apache-2.0
// The proxy of a configuration, as a link wants it.
#pragma once

#include "base/uri.hpp"

#include <muster/device_config.hpp>

#include <string>
#include <vector>

namespace muster::device {

/// What LinkOptions::proxy wants, for each endpoint. Fails as base::load_secret_file().
Result<std::vector<std::string>> proxies_of(const DeviceConfig& config, const std::vector<base::Endpoint>& endpoints);

}  // namespace muster::device

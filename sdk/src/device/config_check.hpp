// SPDX-License-Identifier: Apache-2.0
// Are the values of a configuration in their ranges, whoever made it?
#pragma once

#include "base/uri.hpp"

#include <muster/device_config.hpp>

#include <vector>

namespace muster::device {

/// The endpoints, parsed. Fails with Code::invalid_argument, naming the field, its value and what would be right.
Result<std::vector<base::Endpoint>> check_config(const DeviceConfig& config);

}  // namespace muster::device

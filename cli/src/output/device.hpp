// SPDX-License-Identifier: Apache-2.0
// A device as commands print it.
#pragma once

#include "engines/engine.hpp"
#include "output/records.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

/// `waiting`, `enrolled` or `revoked`.
[[nodiscard]] const char* status_of(const engines::Device& device);
[[nodiscard]] nlohmann::json to_json(const engines::Device& device);
[[nodiscard]] View device_view();

}  // namespace muster::cli

// SPDX-License-Identifier: Apache-2.0
// One reading in the encoding that is asked for.
#pragma once

#include <muster/reading.hpp>
#include <muster/telemetry_policy.hpp>

#include <string>

namespace muster::payload {

/// As `encode_readings` of this one.
[[nodiscard]] std::string encode_one(const Reading& reading, Encoding encoding);

}  // namespace muster::payload

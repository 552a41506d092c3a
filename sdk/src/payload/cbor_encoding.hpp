// SPDX-License-Identifier: Apache-2.0
// Readings as CBOR (RFC 8949), in the structure of their JSON.
#pragma once

#include <muster/reading.hpp>

#include <string>
#include <vector>

namespace muster::payload {

/// A map for one reading, otherwise an array of maps.
[[nodiscard]] std::string encode_cbor(const std::vector<Reading>& readings);

}  // namespace muster::payload

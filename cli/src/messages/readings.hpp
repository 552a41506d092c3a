// SPDX-License-Identifier: Apache-2.0
// Telemetry taken out of its batches.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace muster::cli {

enum class Decoding : std::uint8_t { none, automatic, json, cbor, protobuf };

/// A JSON object for each reading of the payload, compressed or not: `{"t":MS,"seq":N,"NAME":VALUE,...}`. Fails as decode_readings() does.
[[nodiscard]] Result<std::vector<std::string>> decode_to_json(const std::string& payload, Decoding decoding);

}  // namespace muster::cli

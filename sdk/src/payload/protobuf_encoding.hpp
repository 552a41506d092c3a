// SPDX-License-Identifier: Apache-2.0
// Readings by column, as sdk/proto/telemetry.proto lays them out.
#pragma once

#include <muster/reading.hpp>
#include <muster/result.hpp>
#include <muster/telemetry.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace muster::payload {

/// Whether a column of such values is one of integers: their differences never overflow, and each of them is exactly one double.
[[nodiscard]] bool is_whole(double value);

[[nodiscard]] std::string encode_protobuf(const std::vector<Reading>& readings);
/// Fails as `decode_readings` does. The values of a reading come in the order of the columns.
Result<ReadingMessage> decode_protobuf(std::string_view payload);

}  // namespace muster::payload

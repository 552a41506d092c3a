// SPDX-License-Identifier: Apache-2.0
// Readings out of JSON or CBOR, event by event: no document is built, so that a payload nested a million deep costs nothing.
#pragma once

#include <muster/reading.hpp>
#include <muster/result.hpp>
#include <muster/telemetry.hpp>

#include <string_view>
#include <vector>

namespace muster::payload {

/// Fail as `decode_readings` does.
Result<ReadingMessage> decode_json(std::string_view payload);
Result<ReadingMessage> decode_cbor(std::string_view payload);

}  // namespace muster::payload

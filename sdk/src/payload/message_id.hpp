// SPDX-License-Identifier: Apache-2.0
// A message's id inside its payload, for connections that cannot carry it beside the payload.
#pragma once

#include <muster/telemetry_policy.hpp>

#include <string>
#include <string_view>

namespace muster::payload {

/// The same readings, and the id where `decode_message` finds it. The payload stays as it is if it is no readings in this encoding,
/// uncompressed, or has an id already.
[[nodiscard]] std::string with_message_id(std::string payload, Encoding encoding, std::string_view message_id);

}  // namespace muster::payload

// SPDX-License-Identifier: Apache-2.0
// From a frame to a packet.
#pragma once

#include "wire/frame.hpp"
#include "wire/packets.hpp"

#include <variant>

namespace muster::wire {

using Decoded = std::variant<Packet, DecodeError>;

/// Decodes a packet of either direction; `version` is the connection's, which a CONNECT says itself. More user properties are refused. The
/// packet's views point into the frame's buffer.
[[nodiscard]] Decoded decode(const Frame& frame, Version version, std::size_t most_user_properties = max_user_properties);

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// From a frame to a packet.
#pragma once

#include "wire/frame.hpp"
#include "wire/packets.hpp"

#include <variant>

namespace muster::wire {

using Decoded = std::variant<Packet, DecodeError>;

/// Decodes a packet of either direction; `version` is the connection's, which a CONNECT says itself. The packet's views point into the
/// frame's buffer.
[[nodiscard]] Decoded decode(const Frame& frame, Version version);

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// From a packet to its bytes.
#pragma once

#include "wire/packets.hpp"

#include <cstddef>
#include <string>

namespace muster::wire {

/// Appends the packet to `out`; what 3.1.1 does not have is left out for it. A CONNECT goes by its own version. Whatever `decode` would
/// refuse is a broken precondition: a string above `max_string_bytes` or not UTF-8, packet id 0, a topic with a wildcard, a property
/// that the packet cannot have. Only a failure that the packet has no reason code for is not: it becomes unspecified_error.
void encode(const Packet& packet, Version version, std::string& out);
/// The same without a copy into a Packet, for the packets that come by the thousand.
void encode(const Publish& packet, Version version, std::string& out);

/// How many bytes `encode` would append.
[[nodiscard]] std::size_t encoded_size(const Packet& packet, Version version);
[[nodiscard]] std::size_t encoded_size(const Publish& packet, Version version);

}  // namespace muster::wire

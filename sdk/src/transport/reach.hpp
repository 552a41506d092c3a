// SPDX-License-Identifier: Apache-2.0
// From a name to a connected socket.
#pragma once

#include "transport/dialler.hpp"
#include "transport/resolver.hpp"

#include <muster/result.hpp>

#include <chrono>

namespace muster::transport {

/// Blocks until one of the place's addresses has answered, all have refused (as dial() says), or `stop` is readable (Code::stopped). What
/// failed is told to the book. `silence`: how long what was sent on the socket may stay unacknowledged (TCP's user timeout, RFC 5482).
[[nodiscard]] Result<Dialled> reach(const Place& place, AddressBook& book, std::chrono::milliseconds silence, int stop);

/// No descriptor is left.
[[nodiscard]] Error out_of_descriptors();

}  // namespace muster::transport

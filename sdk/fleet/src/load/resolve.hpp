// SPDX-License-Identifier: Apache-2.0
// From a host's name to an address.
#pragma once

#include "load/stream.hpp"

#include <cstdint>
#include <string>

namespace muster::fleet {

/// The first address. Blocks; fails with Code::not_found.
[[nodiscard]] Result<SocketAddress> resolve(const std::string& host, std::uint16_t port);

}  // namespace muster::fleet

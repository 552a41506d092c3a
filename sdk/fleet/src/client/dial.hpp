// SPDX-License-Identifier: Apache-2.0
// From a host name and a port to a TCP connection.
#pragma once

#include "base/descriptor.hpp"
#include "client/patience.hpp"

#include <cstdint>
#include <string>

namespace muster::fleet {

/// Tries the host's addresses one after the other; the socket is non-blocking. Fails with Code::unreachable, saying what the last address
/// said, Code::timeout, Code::stopped.
[[nodiscard]] Result<base::Descriptor> dial(const std::string& host, std::uint16_t port, const Patience& patience);

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// The Transport that Eclipse Paho MQTT C++ provides: MQTT 5, with everything switched off that the session does itself.
#pragma once

#include "base/random.hpp"
#include "transport/resolver.hpp"

#include <muster/transport.hpp>

#include <memory>

namespace muster::transport {

/// Paho's automatic reconnect, offline buffering, persistence and server list are off; each link is a new client with one URI. Nothing
/// throws out of it. Null: this SDK was built without it (MUSTER_SDK_PAHO). `random` decides which of a name's addresses this device
/// prefers, and is never asked by two threads at once.
[[nodiscard]] std::unique_ptr<Transport> make_paho_transport(Resolver resolve = resolve_by_system,
                                                             std::unique_ptr<base::Random> random = std::make_unique<base::SystemRandom>());

}  // namespace muster::transport

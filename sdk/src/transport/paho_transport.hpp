// SPDX-License-Identifier: Apache-2.0
// The Transport that Eclipse Paho MQTT C++ provides: MQTT 5, with everything switched off that the session does itself.
#pragma once

#include <muster/transport.hpp>

#include <memory>

namespace muster::transport {

/// Paho's automatic reconnect, offline buffering, persistence and server list are off; each link is a new client with one URI. Nothing
/// throws out of it.
[[nodiscard]] std::unique_ptr<Transport> make_paho_transport();

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// How simulated devices reach their broker: its nodes, and a proxy before them.
#pragma once

#include "base/uri.hpp"
#include "load/stream.hpp"

#include <muster/fleet/simulate.hpp>

#include <vector>

namespace muster::fleet {

/// A node of the broker.
struct SimulatedNode {
    base::Endpoint endpoint;
    SocketAddress address;  ///< Where a connection to it goes: its own, or the proxy's.
};

/// In the plan's order. Blocks; fails with Code::not_found if a name has no address.
[[nodiscard]] Result<std::vector<SimulatedNode>> nodes_of(const SimulationPlan& plan);

/// The plan's proxy for clients that are not the SDK's; without a URL: none. Fails as reading its password does.
[[nodiscard]] Result<MqttProxy> proxy_of(const SimulationPlan& plan);

/// The same for the SDK's, which wants to have its port said. Fails with Code::invalid_argument.
[[nodiscard]] Result<ProxyConfig> device_proxy_of(const SimulationPlan& plan);

}  // namespace muster::fleet

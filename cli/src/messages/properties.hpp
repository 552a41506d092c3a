// SPDX-License-Identifier: Apache-2.0
// Properties of MQTT 5 as -D names them: PACKET NAME VALUE.
#pragma once

#include <muster/fleet/mqtt_client.hpp>

#include <string>
#include <vector>

namespace muster::cli {

struct PacketProperties {
    fleet::MqttProperties connect;
    fleet::MqttProperties publish;
    fleet::MqttProperties subscribe;
    fleet::MqttProperties disconnect;
    fleet::MqttProperties will;
};

/// Fails with Code::invalid_argument for a packet or property that there is not, a property that does not stand in the packet, and a value
/// that is none.
[[nodiscard]] Result<PacketProperties> parse_properties(const std::vector<std::string>& texts);

}  // namespace muster::cli

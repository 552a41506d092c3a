// SPDX-License-Identifier: Apache-2.0
// Properties between those who keep them and the wire.
#pragma once

#include "wire/packets.hpp"
#include "wire/property.hpp"

#include <muster/fleet/mqtt_client.hpp>

namespace muster::fleet {

/// Those that may stand there; views of `properties`.
[[nodiscard]] wire::Properties view_of(const MqttProperties& properties, wire::PropertyPlace place);
[[nodiscard]] MqttProperties copy_of(const wire::Properties& properties);

}  // namespace muster::fleet

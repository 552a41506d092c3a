// SPDX-License-Identifier: Apache-2.0
// Fleet provisioning over whatever speaks MQTT.
#pragma once

#include "base/clock.hpp"

#include <muster/fleet_provisioning.hpp>
#include <muster/transport.hpp>

#include <memory>

namespace muster::provision {

/// As provision_by_claim(), over this transport.
Result<ProvisionedThing> provision_by_claim(const FleetProvisioningRequest& request, std::unique_ptr<transport::Transport> transport,
                                            const base::Clock& clock);

}  // namespace muster::provision

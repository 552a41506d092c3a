// SPDX-License-Identifier: Apache-2.0
// How light devices introduce themselves: to TLS, and to the broker.
#pragma once

#include "load/plan.hpp"

#include <muster/fleet/simulate.hpp>
#include <muster/result.hpp>

namespace muster::fleet {

/// Of a plan whose nodes speak it, and which outlives it. Reads what all devices have in common. Fails as loading files and
/// open_shared_identity() do.
[[nodiscard]] Result<TlsPlan> light_tls_of(const SimulationPlan& plan);

[[nodiscard]] BenchGreeting light_greeting_of(const DeviceConfig& config, const LightConnection& light);

/// Names the first contradiction in what the plan says of light devices. Fails with Code::invalid_argument.
[[nodiscard]] Result<void> check_light(const SimulationPlan& plan);

}  // namespace muster::fleet

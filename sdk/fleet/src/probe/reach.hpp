// SPDX-License-Identifier: Apache-2.0
// A connection to an endpoint: right to its address, or through a proxy.
#pragma once

#include "probe/channel.hpp"

#include <muster/fleet/probe.hpp>

namespace muster::fleet::probe {

/// Ready for TLS or MQTT. Fails with Code::unreachable, Code::denied if the proxy refuses, Code::timeout.
Result<Channel> reach(const Route& route, Deadline deadline);

}  // namespace muster::fleet::probe

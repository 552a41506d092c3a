// SPDX-License-Identifier: Apache-2.0
// A packet on a line of the trace.
#pragma once

#include "trace.hpp"

#include <muster/fleet/mqtt_packet.hpp>

namespace muster::cli {

/// `→ CONNECT id=press-01 clean=1 ka=60 v5`, `← CONNACK 0x00 session=0`. User properties whose names say that they are secrets are hidden.
void tell(Trace& trace, const fleet::MqttPacket& packet);

/// The same of one client of many: the line ends with `client=press-01`.
void tell(Trace& trace, std::string_view client_id, const fleet::MqttPacket& packet);

}  // namespace muster::cli

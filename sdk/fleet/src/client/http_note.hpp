// SPDX-License-Identifier: Apache-2.0
// The HTTP before MQTT as an observer of packets sees it.
#pragma once

#include "transport/http_head.hpp"

#include <muster/fleet/mqtt_packet.hpp>

#include <string>

namespace muster::fleet {

/// Tells `observer`, which may be empty, of each line as of a packet.
[[nodiscard]] transport::HttpObserver http_observer(const MqttObserver& observer);

/// A request for a tunnel; whether it carries a password shows, the password does not.
void tell_http_request(const MqttObserver& observer, const std::string& line, bool is_authorised);

}  // namespace muster::fleet

// SPDX-License-Identifier: Apache-2.0
// From a packet to what an observer is told of it.
#pragma once

#include "wire/packets.hpp"

#include <muster/fleet/mqtt_packet.hpp>

namespace muster::fleet {

/// Without payloads, passwords and authentication data.
[[nodiscard]] MqttPacket note_of(const wire::Packet& packet, bool is_sent);

/// A broker may send back what it was sent: whether `said` has the password in it, if there is one.
[[nodiscard]] bool holds_secret(std::string_view said, const std::string& password);
/// Hides in a received packet the texts of the broker's own that have it.
void hide_secret(MqttPacket& note, const std::string& password);

}  // namespace muster::fleet

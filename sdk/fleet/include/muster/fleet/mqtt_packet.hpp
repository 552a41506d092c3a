// SPDX-License-Identifier: Apache-2.0
/// @file
/// What goes over a client's connection, told packet by packet, for a trace.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::fleet {

/// What stands for a password and for authentication data.
inline constexpr std::string_view mqtt_hidden = "***";

/// One thing that a packet says: `ka` and `60`.
struct MqttField {
    std::string name;  ///< Empty: the value says it all. A user property's is `user:` and its own.
    std::string value;
};

/// A packet as it was sent or received, or a line of the HTTP before it: no payload, only its size, and no secret.
struct MqttPacket {
    bool is_sent = false;
    std::string_view type;              ///< `CONNECT`; static.
    std::vector<std::uint8_t> reasons;  ///< Reason codes, or the return codes of MQTT 3.1.1; none of a packet that has none.
    std::vector<MqttField> fields;      ///< As they come from the network: printed, they may do harm.
};

/// Called on the client's thread, when a packet has been handed to the connection, and when one has come. It must not call the client.
using MqttObserver = std::function<void(const MqttPacket& packet)>;

}  // namespace muster::fleet

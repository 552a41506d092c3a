// SPDX-License-Identifier: Apache-2.0
// A PUBLISH as most devices send it, without the work that the others need.
#pragma once

#include "wire/frame.hpp"
#include "wire/packets.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace muster::wire {

/// A PUBLISH of QoS 0 or 1 without properties, RETAIN and DUP. Views as in packets.hpp.
struct PlainPublish {
    Qos qos = Qos::at_most_once;
    PacketId packet_id = 0;  ///< 0 with QoS 0.
    std::string_view topic;
    std::string_view payload;
};

/// None if the frame is another packet, is not plain, or is malformed: `decode` tells. Whether the topic is one, only `decode` tells.
[[nodiscard]] std::optional<PlainPublish> read_plain_publish(const Frame& frame, Version version) noexcept;

/// Appends the packet to `out`. Its topic must have passed `decode` once.
void encode(const PlainPublish& packet, Version version, std::string& out);

/// The packet id of a PUBACK that has nothing else; 0 for any other packet.
[[nodiscard]] PacketId read_plain_puback(const Frame& frame) noexcept;

/// Appends a PUBACK; a reason other than success is for MQTT 5.0.
void encode_puback(PacketId packet_id, ReasonCode reason, Version version, std::string& out);

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// Messages as Paho has them, with their MQTT 5 properties.
#pragma once

#include <muster/message.hpp>
#include <muster/transport.hpp>

#include <mqtt/message.h>

namespace muster::transport {

[[nodiscard]] mqtt::message_ptr to_packet(const Message& message);
[[nodiscard]] Arrival from_packet(const mqtt::message& packet);

}  // namespace muster::transport

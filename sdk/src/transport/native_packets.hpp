// SPDX-License-Identifier: Apache-2.0
// Messages and connections as packets of MQTT, and back.
#pragma once

#include "wire/packets.hpp"

#include <muster/transport.hpp>

namespace muster::transport {

/// How many bytes a broker may send us in one packet (MQTT 5.0, section 3.1.2.11.4; 3.1.1 has no word for it).
inline constexpr std::uint32_t most_packet_bytes = 16U << 20U;

/// Fails with Code::invalid_argument, saying what of the options no CONNECT can carry. The packet's views are of the options.
[[nodiscard]] Result<void> fill(wire::Connect& packet, const LinkOptions& options);

/// Fills `packet`, whose memory is used again, but for the packet id. Fails with Code::rejected. Views are of the message.
[[nodiscard]] Result<void> fill(wire::Publish& packet, const Message& message);

[[nodiscard]] Arrival arrival_of(const wire::Publish& packet);

/// Fails with Code::rejected, saying why no SUBSCRIBE can carry it.
[[nodiscard]] Result<void> check(const Subscription& subscription);

/// What is asked for behind a filter.
[[nodiscard]] wire::SubscriptionRequest request_of(const Subscription& subscription);

/// What an accepting CONNACK says.
[[nodiscard]] LinkUp up_of(const wire::Connack& connack);

/// What a refusal or a goodbye says besides its reason.
void take_hints(const wire::Properties& properties, LinkDown& down);

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// What a broker says besides its refusal: when to come back, and where to.
#pragma once

#include <muster/transport.hpp>

#include <mqtt/properties.h>

namespace muster::transport {

/// Asks, in a CONNECT, for refusals that Paho tells of. Paho C 1.3.12 drops the properties of a CONNACK that refuses, and a DISCONNECT may
/// only follow one that does not (MQTT 5.0, section 3.14): so a broker that knows the wish answers with a CONNACK that is marked as
/// followed by the DISCONNECT that says why. Others ignore it.
void ask_for_hints(mqtt::properties& connect);

/// Whether this CONNACK is marked so.
[[nodiscard]] bool is_refusal_to_follow(const mqtt::properties& connack);

/// The hints among a DISCONNECT's properties; what is malformed counts as not said.
void take_hints(const mqtt::properties& disconnect, LinkDown& down);

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// What a broker's no means, as an Error.
#pragma once

#include "wire/types.hpp"

#include <muster/result.hpp>

#include <cstdint>
#include <string>

namespace muster::fleet {

/// `packet` says in which packet the reason stood.
[[nodiscard]] Error refusal(const std::string& packet, wire::ReasonCode reason);

/// What answers a CONNECT is no CONNACK: whoever listens there is no broker.
[[nodiscard]] Error no_mqtt(const char* why);

/// A CONNACK return code of MQTT 3.1.1, section 3.2.2.3.
[[nodiscard]] Error refusal_v311(std::uint8_t return_code);

}  // namespace muster::fleet

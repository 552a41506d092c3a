// SPDX-License-Identifier: Apache-2.0
// What is known of each reason code: its name, and the packets it may stand in (MQTT 5.0, section 2.4).
#pragma once

#include "wire/types.hpp"

#include <optional>
#include <string_view>

namespace muster::wire {

/// The code's name as it stands in ReasonCode, for logs, for example "not_authorized"; "unknown" for a number that is none.
[[nodiscard]] std::string_view name_of(ReasonCode code) noexcept;

/// By `name_of` or as the specification writes it ("Server busy"): letters and digits count, in capitals or not. None: there is none.
[[nodiscard]] std::optional<ReasonCode> reason_named(std::string_view name);

/// Whether the specification has this reason for this packet.
[[nodiscard]] bool may_stand(ReasonCode code, PacketType packet) noexcept;

}  // namespace muster::wire

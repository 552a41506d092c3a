// SPDX-License-Identifier: Apache-2.0
// The client's side of WebSocket (RFC 6455), as far as MQTT needs it.
#pragma once

#include "probe/channel.hpp"

#include <muster/fleet/probe.hpp>

#include <string>
#include <string_view>

namespace muster::fleet::probe {

/// Asks for the upgrade. What of MQTT came with the answer is in `rest`. Fails with Code::rejected if it is refused, else as the channel.
Result<void> upgrade(Channel& channel, const Endpoint& endpoint, Deadline deadline, std::string& rest);

/// One binary frame, masked.
[[nodiscard]] std::string frame_of(std::string_view payload);

/// Takes the whole frames off the front of `raw` and appends what they carry to `payload`; pings are answered into `answer`. Fails with
/// Code::unreachable if the server closes, Code::corrupt.
Result<void> take_frames(std::string& raw, std::string& payload, std::string& answer);

}  // namespace muster::fleet::probe

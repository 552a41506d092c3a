// SPDX-License-Identifier: Apache-2.0
// WebSocket's frames (RFC 6455, section 5), as a client makes and reads them.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::fleet {

/// A binary frame with the bytes, masked.
void append_websocket_frame(std::string_view bytes, std::uint32_t mask, std::string& out);

/// Takes whole frames off the front of `in`, appends what they carry to `bytes`, and what is to be answered to `out`. Fails with
/// Code::unreachable if the server says that it closes, Code::corrupt for what no server may send.
[[nodiscard]] Result<void> read_websocket_frames(std::string& in, std::string& bytes, std::string& out);

}  // namespace muster::fleet

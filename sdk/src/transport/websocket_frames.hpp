// SPDX-License-Identifier: Apache-2.0
// WebSocket's frames (RFC 6455, section 5), as a client makes and reads them.
#pragma once

#include "base/random.hpp"

#include <muster/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster::transport {

/// A binary frame with the bytes, masked.
void append_websocket_frame(std::string_view bytes, std::uint32_t mask, std::string& out);

/// Takes a server's frames apart.
///
///     between messages -- binary without FIN --> within a message -- continuation with FIN --> between messages
///
/// Threads: one.
class WebSocketReader {
public:
    /// Appends to `bytes` what the frames carry, as far as it is there, and to `out` a pong for each ping, masked with what `masks` draws.
    /// Returns how much of `in` it is done with: the rest, less than 140 bytes, is to come again with more behind it. Fails with
    /// Code::unreachable if the server says that it closes, Code::corrupt for what no server may send.
    [[nodiscard]] Result<std::size_t> read(std::string_view in, base::Random& masks, std::string& bytes, std::string& out);

private:
    [[nodiscard]] Result<void> check_head(unsigned first, unsigned second) const;

    bool is_within_message_ = false;
    std::uint64_t left_ = 0;  // To come of the frame that the last message's bytes are in.
};

}  // namespace muster::transport

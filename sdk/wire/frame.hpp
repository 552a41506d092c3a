// SPDX-License-Identifier: Apache-2.0
// Where one packet ends and the next begins (MQTT 5.0, section 2.1).
#pragma once

#include "wire/types.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace muster::wire {

/// A whole packet in the buffer.
struct Frame {
    PacketType type = PacketType::connect;
    std::uint8_t flags = 0;  ///< The low four bits of the first byte.
    std::string_view body;
    std::size_t total_size = 0;
};

/// The buffer holds no whole packet yet.
struct NeedMore {
    std::size_t at_least = 1;  ///< How many bytes are missing, as far as is known.
};

/// Looks at the front of `buffer`. A remaining length above `max_packet_size` is an error as soon as it is known, before the body is there.
[[nodiscard]] std::variant<Frame, NeedMore, DecodeError> next_frame(std::string_view buffer, std::size_t max_packet_size) noexcept;

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// The fixed header.
#include "wire/frame.hpp"

namespace muster::wire {
namespace {

// Flags other than PUBLISH's are fixed (MQTT 5.0, section 2.1.3).
bool flags_fit(unsigned type, unsigned flags) {
    if (type == static_cast<unsigned>(PacketType::publish)) return (flags & 6U) != 6U;
    const bool has_two = type == static_cast<unsigned>(PacketType::pubrel) || type == static_cast<unsigned>(PacketType::subscribe) ||
                         type == static_cast<unsigned>(PacketType::unsubscribe);
    return flags == (has_two ? 2U : 0U);
}

}  // namespace

std::variant<Frame, NeedMore, DecodeError> next_frame(std::string_view buffer, std::size_t max_packet_size) noexcept {
    if (buffer.empty()) return NeedMore{2};
    const unsigned first = static_cast<unsigned char>(buffer[0]);
    const unsigned type = first >> 4U;
    if (type == 0) return DecodeError{ReasonCode::malformed_packet, "packet type 0"};
    if (!flags_fit(type, first & 15U)) return DecodeError{ReasonCode::malformed_packet, "wrong flags in the fixed header"};

    std::size_t length = 0;
    std::size_t header = 1;
    while (true) {
        if (header > 4) return DecodeError{ReasonCode::malformed_packet, "the remaining length has more than four bytes"};
        if (header >= buffer.size()) return NeedMore{1};
        const std::size_t byte = static_cast<unsigned char>(buffer[header]);
        length |= (byte & 127U) << (7U * (header - 1));
        ++header;
        if ((byte & 128U) == 0) break;
    }
    const std::size_t total = header + length;
    if (total > max_packet_size) return DecodeError{ReasonCode::packet_too_large, "the packet is larger than allowed"};
    if (buffer.size() < total) return NeedMore{total - buffer.size()};
    return Frame{static_cast<PacketType>(type), static_cast<std::uint8_t>(first & 15U), buffer.substr(header, length), total};
}

}  // namespace muster::wire

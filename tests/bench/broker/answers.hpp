// SPDX-License-Identifier: Apache-2.0
// What a server must at least say, so that a client goes on: the fixed header, CONNACK, SUBACK, PUBACK, PINGRESP in a few instructions.
#pragma once

#include "wire/types.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::bench {

/// A frame's place in a buffer; `size` 0: it is not whole yet.
struct FrameView {
    wire::PacketType type{};
    unsigned flags = 0;
    std::size_t header = 0;
    std::size_t size = 0;
};

inline unsigned byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

/// Reads type and remaining length and nothing else; the bench's clients send what is well formed.
inline FrameView next_frame(std::string_view bytes) {
    std::size_t length = 0;
    std::size_t header = 1;
    do {
        if (header >= bytes.size()) return {};
        length |= std::size_t{byte_at(bytes, header) & 127U} << (7 * (header - 1));
    } while ((byte_at(bytes, header++) & 128U) != 0 && header < 5);
    if (bytes.size() < header + length) return {};
    return {static_cast<wire::PacketType>(byte_at(bytes, 0) >> 4U), byte_at(bytes, 0) & 15U, header, header + length};
}

/// Whether a CONNECT's body asks for MQTT 5.0: the byte after the six of the protocol's name.
inline bool is_version_5(std::string_view body) {
    return body.size() > 6 && byte_at(body, 6) == 5;
}

inline void append_connack(bool is_v5, std::string& out) {
    out += is_v5 ? std::string_view("\x20\x03\0\0\0", 5) : std::string_view("\x20\x02\0\0", 4);
}

/// Grants the one filter of a SUBSCRIBE the QoS it asks for, which is the body's last byte.
inline void append_suback(std::string_view body, bool is_v5, std::string& out) {
    out += is_v5 ? std::string_view("\x90\x04", 2) : std::string_view("\x90\x03", 2);
    out += body.substr(0, 2);
    if (is_v5) out += '\0';
    out += static_cast<char>(byte_at(body, body.size() - 1) & 3U);
}

inline void append_puback(std::string_view packet_id, std::string& out) {
    out += std::string_view("\x40\x02", 2);
    out += packet_id;
}

inline void append_pingresp(std::string& out) {
    out += std::string_view("\xD0\x00", 2);
}

}  // namespace muster::bench

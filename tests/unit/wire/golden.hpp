// SPDX-License-Identifier: Apache-2.0
// Packets written by hand from the specifications, byte by byte.
#pragma once

#include "wire/types.hpp"

#include <string>
#include <vector>

namespace muster::test {

struct Golden {
    const char* name;
    wire::Version version;
    std::string bytes;
};

inline std::string bytes_of(std::initializer_list<int> values) {
    std::string bytes;
    for (const int value : values) bytes += static_cast<char>(value);
    return bytes;
}

/// One of every packet type, for both versions where they differ.
inline std::vector<Golden> golden_packets() {
    using wire::Version;
    return {
        {"CONNECT 3.1.1", Version::v311, bytes_of({0x10, 0x0E, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 2, 'c', '1'})},
        {"CONNECT 5 with will, user and password", Version::v5,
         bytes_of({0x10, 0x2A, 0, 4, 'M', 'Q', 'T', 'T', 5,   0xC6, 0, 10,  5,   0x11, 0, 0,   0,   30,  0, 2, 'c', '1',
                   5,    0x18, 0, 0, 0,   9,   0,   1,   'w', 0,    2, 'b', 'y', 0,    3, 'u', 's', 'r', 0, 2, 'p', 'w'})},
        {"CONNACK 3.1.1", Version::v311, bytes_of({0x20, 2, 1, 0})},
        {"CONNACK 5", Version::v5, bytes_of({0x20, 6, 0, 0, 3, 0x21, 0, 20})},
        {"PUBLISH QoS 0, 3.1.1", Version::v311, bytes_of({0x30, 5, 0, 1, 't', 'h', 'i'})},
        {"PUBLISH QoS 1 retained, 5, with properties", Version::v5,
         bytes_of({0x33, 0x16, 0, 3, 'a', '/', 'b', 0, 7, 12, 0x02, 0, 0, 0, 60, 0x26, 0, 1, 'k', 0, 1, 'v', 'x', 'y'})},
        {"PUBACK 3.1.1", Version::v311, bytes_of({0x40, 2, 0, 7})},
        {"PUBACK 5 with a reason", Version::v5, bytes_of({0x40, 3, 0, 7, 0x10})},
        {"PUBREC", Version::v5, bytes_of({0x50, 2, 0, 7})},
        {"PUBREL", Version::v5, bytes_of({0x62, 2, 0, 7})},
        {"PUBCOMP", Version::v5, bytes_of({0x70, 2, 0, 7})},
        {"SUBSCRIBE 3.1.1", Version::v311, bytes_of({0x82, 8, 0, 9, 0, 3, 'a', '/', '#', 1})},
        {"SUBSCRIBE 5 with options", Version::v5, bytes_of({0x82, 9, 0, 9, 2, 0x0B, 5, 0, 1, '#', 0x2D})},
        {"SUBACK 3.1.1", Version::v311, bytes_of({0x90, 4, 0, 9, 1, 0x80})},
        {"SUBACK 5", Version::v5, bytes_of({0x90, 4, 0, 9, 0, 0x87})},
        {"UNSUBSCRIBE 5", Version::v5, bytes_of({0xA2, 6, 0, 9, 0, 0, 1, '#'})},
        {"UNSUBACK 3.1.1", Version::v311, bytes_of({0xB0, 2, 0, 9})},
        {"UNSUBACK 5", Version::v5, bytes_of({0xB0, 4, 0, 9, 0, 0x11})},
        {"PINGREQ", Version::v311, bytes_of({0xC0, 0})},
        {"PINGRESP", Version::v311, bytes_of({0xD0, 0})},
        {"DISCONNECT 3.1.1", Version::v311, bytes_of({0xE0, 0})},
        {"DISCONNECT 5 with a reason string", Version::v5, bytes_of({0xE0, 7, 0x8E, 5, 0x1F, 0, 2, 'n', 'o'})},
        {"AUTH", Version::v5, bytes_of({0xF0, 6, 0x18, 4, 0x15, 0, 1, 'm'})},
    };
}

}  // namespace muster::test

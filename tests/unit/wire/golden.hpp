// SPDX-License-Identifier: Apache-2.0
// Packets written by hand from the specifications, byte by byte.
#pragma once

#include "exact.hpp"

#include <string>
#include <vector>

namespace muster::test {

struct Golden {
    const char* name;
    wire::Version version;
    std::string bytes;
};

/// Every packet type of MQTT 3.1.1.
inline std::vector<Golden> golden_v311() {
    const auto v311 = wire::Version::v311;
    return {
        {"CONNECT", v311, bytes_of({0x10, 0x0E, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 2, 'c', '1'})},
        {"CONNECT with an old session, a will of QoS 1, user and password", v311,
         bytes_of({0x10, 0x1D, 0,   4, 'M', 'Q', 'T', 'T', 4, 0xEC, 0,   60, 0, 2,   'c', '1',
                   0,    1,    'w', 0, 2,   'b', 'y', 0,   2, 'u',  's', 0,  2, 'p', 'w'})},
        {"CONNACK", v311, bytes_of({0x20, 2, 1, 0})},
        {"PUBLISH QoS 0", v311, bytes_of({0x30, 5, 0, 1, 't', 'h', 'i'})},
        {"PUBLISH QoS 2 again, without payload", v311, bytes_of({0x3C, 5, 0, 1, 't', 0xFF, 0xFF})},
        {"PUBACK", v311, bytes_of({0x40, 2, 0, 7})},
        {"PUBREC", v311, bytes_of({0x50, 2, 0, 7})},
        {"PUBREL", v311, bytes_of({0x62, 2, 0, 7})},
        {"PUBCOMP", v311, bytes_of({0x70, 2, 0, 7})},
        {"SUBSCRIBE", v311, bytes_of({0x82, 8, 0, 9, 0, 3, 'a', '/', '#', 1})},
        {"SUBSCRIBE to two filters", v311, bytes_of({0x82, 10, 0, 9, 0, 1, 'a', 0, 0, 1, 'b', 2})},
        {"SUBACK", v311, bytes_of({0x90, 6, 0, 9, 0, 1, 2, 0x80})},
        {"UNSUBSCRIBE", v311, bytes_of({0xA2, 8, 0, 9, 0, 1, 'a', 0, 1, 'b'})},
        {"UNSUBACK", v311, bytes_of({0xB0, 2, 0, 9})},
        {"PINGREQ", v311, bytes_of({0xC0, 0})},
        {"PINGRESP", v311, bytes_of({0xD0, 0})},
        {"DISCONNECT", v311, bytes_of({0xE0, 0})},
    };
}

/// Every packet type of MQTT 5.0.
inline std::vector<Golden> golden_v5() {
    const auto v5 = wire::Version::v5;
    return {
        {"CONNECT", v5, bytes_of({0x10, 0x0F, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 0, 0, 2, 'c', '1'})},
        {"CONNECT with will, user and password", v5,
         bytes_of({0x10, 0x2A, 0, 4, 'M', 'Q', 'T', 'T', 5,   0xC6, 0, 10,  5,   0x11, 0, 0,   0,   30,  0, 2, 'c', '1',
                   5,    0x18, 0, 0, 0,   9,   0,   1,   'w', 0,    2, 'b', 'y', 0,    3, 'u', 's', 'r', 0, 2, 'p', 'w'})},
        {"CONNACK", v5, bytes_of({0x20, 3, 1, 0, 0})},
        {"CONNACK with a limit", v5, bytes_of({0x20, 6, 0, 0, 3, 0x21, 0, 20})},
        {"PUBLISH QoS 0", v5, bytes_of({0x30, 6, 0, 1, 't', 0, 'h', 'i'})},
        {"PUBLISH QoS 1 retained, with properties", v5,
         bytes_of({0x33, 0x16, 0, 3, 'a', '/', 'b', 0, 7, 12, 0x02, 0, 0, 0, 60, 0x26, 0, 1, 'k', 0, 1, 'v', 'x', 'y'})},
        {"PUBLISH by topic alias", v5, bytes_of({0x30, 7, 0, 0, 3, 0x23, 0, 1, 'x'})},
        {"PUBACK", v5, bytes_of({0x40, 2, 0, 7})},
        {"PUBACK with a reason", v5, bytes_of({0x40, 3, 0, 7, 0x10})},
        {"PUBACK with a reason string", v5, bytes_of({0x40, 9, 0, 7, 0x87, 5, 0x1F, 0, 2, 'n', 'o'})},
        {"PUBREC", v5, bytes_of({0x50, 2, 0, 7})},
        {"PUBREC with a reason", v5, bytes_of({0x50, 3, 0, 7, 0x97})},
        {"PUBREL", v5, bytes_of({0x62, 2, 0, 7})},
        {"PUBREL with a reason", v5, bytes_of({0x62, 3, 0, 7, 0x92})},
        {"PUBCOMP", v5, bytes_of({0x70, 2, 0, 7})},
        {"PUBCOMP with a user property", v5, bytes_of({0x70, 11, 0, 7, 0x92, 7, 0x26, 0, 1, 'k', 0, 1, 'v'})},
        {"SUBSCRIBE with options", v5, bytes_of({0x82, 9, 0, 9, 2, 0x0B, 5, 0, 1, '#', 0x2D})},
        {"SUBSCRIBE shared", v5, bytes_of({0x82, 16, 0, 9, 0, 0, 10, '$', 's', 'h', 'a', 'r', 'e', '/', 'g', '/', 't', 1})},
        {"SUBACK", v5, bytes_of({0x90, 5, 0, 9, 0, 2, 0x87})},
        {"UNSUBSCRIBE", v5, bytes_of({0xA2, 6, 0, 9, 0, 0, 1, '#'})},
        {"UNSUBACK", v5, bytes_of({0xB0, 4, 0, 9, 0, 0x11})},
        {"PINGREQ", v5, bytes_of({0xC0, 0})},
        {"PINGRESP", v5, bytes_of({0xD0, 0})},
        {"DISCONNECT", v5, bytes_of({0xE0, 0})},
        {"DISCONNECT with a reason", v5, bytes_of({0xE0, 1, 0x04})},
        {"DISCONNECT with a reason string", v5, bytes_of({0xE0, 7, 0x8E, 5, 0x1F, 0, 2, 'n', 'o'})},
        {"AUTH", v5, bytes_of({0xF0, 6, 0x18, 4, 0x15, 0, 1, 'm'})},
        {"AUTH without anything", v5, bytes_of({0xF0, 0})},
    };
}

/// Every property in every packet that has it, in the order of the identifiers; lengths by the helpers.
inline std::vector<Golden> golden_with_every_property() {
    const auto v5 = wire::Version::v5;
    const std::string message = bytes_of({0x01, 1, 0x02, 0, 0, 0, 60, 0x03, 0, 1, 'j', 0x08, 0, 3, 'r', '/', 's', 0x09, 0, 2, 0, 0xFF});
    const std::string user = bytes_of({0x26, 0, 1, 'k', 0, 1, 'v'});
    const std::string connack =
        bytes_of({0x11, 0, 0, 0, 30, 0x12, 0, 2, 'i', 'd', 0x13, 0, 90, 0x15, 0, 1, 'm', 0x16, 0, 1, 0, 0x1A, 0, 1, 'i'}) +
        bytes_of({0x1C, 0, 1, 's', 0x1F, 0, 1, 'w', 0x21, 0, 20, 0x22, 0, 5, 0x24, 1, 0x25, 0}) + user +
        bytes_of({0x27, 0, 1, 0, 0, 0x28, 1, 0x29, 0, 0x2A, 0});
    const std::string will = bytes_of({0x01, 0, 0x02, 0, 0, 0, 1, 0x03, 0, 0, 0x08, 0, 1, 'r', 0x09, 0, 0, 0x18, 0, 0, 0, 5}) + user;
    const std::string publish = message + bytes_of({0x0B, 1, 0x0B, 0xFF, 0xFF, 0xFF, 0x7F, 0x23, 0, 9}) + user + user;
    const std::string connect =
        bytes_of({0x11, 0, 0, 0, 30, 0x15, 0, 1, 'm', 0x16, 0, 1, 0xFF, 0x17, 0, 0x19, 1, 0x21, 0, 20, 0x22, 0, 5}) + user +
        bytes_of({0x26, 0, 1, 'k', 0, 0, 0x27, 0, 1, 0, 0});
    return {
        {"CONNECT with every property, and a password alone", v5,
         framed(0x10, field("MQTT") + bytes_of({5, 0x40, 0, 0}) + with_length(connect) + field("") + field("pw"))},
        {"CONNACK with every property", v5, framed(0x20, bytes_of({0, 0}) + with_length(connack))},
        {"PUBLISH with every property", v5, framed(0x3D, field("a") + bytes_of({0, 7}) + with_length(publish) + "xy")},
        {"CONNECT with every property of a will", v5,
         framed(0x10, field("MQTT") + bytes_of({5, 0x36, 0, 0, 0}) + field("c") + with_length(will) + field("w") + field(""))},
        {"DISCONNECT with every property", v5,
         framed(0xE0, bytes_of({0x9D}) + with_length(bytes_of({0x11, 0, 0, 0, 0, 0x1C, 0, 1, 's', 0x1F, 0, 1, 'w'}) + user))},
        {"AUTH with every property", v5,
         framed(0xF0, bytes_of({0x19}) + with_length(bytes_of({0x15, 0, 1, 'm', 0x16, 0, 1, 'd', 0x1F, 0, 1, 'w'}) + user))},
        {"SUBSCRIBE with every property", v5,
         framed(0x82, bytes_of({1, 0}) + with_length(bytes_of({0x0B, 0x80, 1}) + user) + field("+/x") + bytes_of({0x20}))},
        {"SUBACK with every property", v5,
         framed(0x90, bytes_of({1, 0}) + with_length(bytes_of({0x1F, 0, 1, 'w'}) + user) + bytes_of({0x9E}))},
        {"UNSUBSCRIBE with every property", v5, framed(0xA2, bytes_of({1, 0}) + with_length(user) + field("+/x"))},
        {"UNSUBACK with every property", v5,
         framed(0xB0, bytes_of({1, 0}) + with_length(bytes_of({0x1F, 0, 1, 'w'}) + user) + bytes_of({0x8F}))},
    };
}

inline std::vector<Golden> golden_packets() {
    auto all = golden_v311();
    for (const auto& more : {golden_v5(), golden_with_every_property()}) all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace muster::test

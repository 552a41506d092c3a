// SPDX-License-Identifier: Apache-2.0
// Writes MQTT's data types to a buffer, or counts what that would take (MQTT 5.0, section 1.5).
#pragma once

#include "wire/packets.hpp"
#include "wire/property.hpp"
#include "wire/text.hpp"

#include <muster/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster::wire {

/// Stands where a buffer could. Every packet is counted before it is written, so this is where text is checked, once.
struct Size {
    std::size_t bytes = 0;
};

inline void put_byte(std::string& out, unsigned value) {
    out += static_cast<char>(value & 255U);
}
inline void put_byte(Size& out, unsigned /*value*/) {
    ++out.bytes;
}
template <class Out>
void put_two(Out& out, unsigned value) {
    put_byte(out, value >> 8U);
    put_byte(out, value);
}
template <class Out>
void put_four(Out& out, std::uint32_t value) {
    put_two(out, value >> 16U);
    put_two(out, value & 0xFFFFU);
}
template <class Out>
void put_variable(Out& out, std::size_t value) {
    MUSTER_REQUIRE(value <= max_variable_byte_integer);
    do {
        put_byte(out, static_cast<unsigned>(value & 127U) | (value > 127 ? 128U : 0U));
        value >>= 7U;
    } while (value != 0);
}
/// Without a length.
inline void put_bytes(std::string& out, std::string_view bytes) {
    out += bytes;
}
inline void put_bytes(Size& out, std::string_view bytes) {
    out.bytes += bytes.size();
}
inline void put_binary(std::string& out, std::string_view bytes) {
    put_two(out, static_cast<unsigned>(bytes.size()));
    put_bytes(out, bytes);
}
inline void put_binary(Size& out, std::string_view bytes) {
    MUSTER_REQUIRE(bytes.size() <= max_string_bytes);
    out.bytes += 2 + bytes.size();
}
inline void put_text(std::string& out, std::string_view text) {
    put_binary(out, text);
}
inline void put_text(Size& out, std::string_view text) {
    put_binary(out, text);
    MUSTER_REQUIRE(is_text(text));
}

/// Length and properties.
void put_properties(std::string& out, PropertyPlace place, const Properties& properties);
void put_properties(Size& out, PropertyPlace place, const Properties& properties);

/// The properties' bytes without their length; 0 if there are none.
[[nodiscard]] std::size_t size_of(PropertyPlace place, const Properties& properties);

}  // namespace muster::wire

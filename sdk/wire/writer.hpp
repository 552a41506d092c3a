// SPDX-License-Identifier: Apache-2.0
// Writes MQTT's data types to a buffer (MQTT 5.0, section 1.5).
#pragma once

#include "wire/packets.hpp"

#include <muster/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::wire {

inline void put_byte(std::string& out, unsigned value) {
    out += static_cast<char>(value & 255U);
}
inline void put_two(std::string& out, unsigned value) {
    put_byte(out, value >> 8U);
    put_byte(out, value);
}
inline void put_four(std::string& out, std::uint32_t value) {
    put_two(out, value >> 16U);
    put_two(out, value & 0xFFFFU);
}
inline void put_variable(std::string& out, std::size_t value) {
    MUSTER_REQUIRE(value < (std::size_t{1} << 28U));
    do {
        put_byte(out, static_cast<unsigned>(value & 127U) | (value > 127 ? 128U : 0U));
        value >>= 7U;
    } while (value != 0);
}
inline void put_text(std::string& out, std::string_view text) {
    MUSTER_REQUIRE(text.size() <= 65'535);
    put_two(out, static_cast<unsigned>(text.size()));
    out += text;
}

/// Length and properties.
void put_properties(std::string& out, const Properties& properties);
[[nodiscard]] bool has_any(const Properties& properties);

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// Reads MQTT's data types from a buffer, never beyond its end (MQTT 5.0, section 1.5).
#pragma once

#include "wire/text.hpp"
#include "wire/types.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muster::wire {

/// The first failure is kept; everything after it reads as empty. Threads: one.
class Reader {
public:
    explicit Reader(std::string_view bytes, std::size_t most_user_properties = max_user_properties)
        : rest_(bytes), most_user_properties_(most_user_properties) {}

    [[nodiscard]] bool ok() const { return error_.what[0] == '\0'; }
    [[nodiscard]] const DecodeError& error() const { return error_; }
    [[nodiscard]] std::size_t most_user_properties() const { return most_user_properties_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    void fail(const DecodeError& error) {
        if (ok()) error_ = error;
        rest_ = {};
    }
    void fail(ReasonCode reason, const char* what) { fail({reason, what, 0}); }
    std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t two_bytes() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t four_bytes() { return number(4); }
    std::uint32_t variable_byte_integer() {
        std::uint32_t value = 0;
        for (unsigned shift = 0; shift < 28; shift += 7) {
            const std::uint32_t next = byte();
            value |= (next & 127U) << shift;
            if ((next & 128U) != 0) continue;
            if (next == 0 && shift > 0) fail(ReasonCode::malformed_packet, "a variable byte integer is longer than it must be");
            return value;
        }
        fail(ReasonCode::malformed_packet, "a variable byte integer has more than four bytes");
        return 0;
    }
    std::string_view binary() { return take(two_bytes()); }
    std::string_view text() {
        const std::string_view value = binary();
        if (!is_text(value)) fail(ReasonCode::malformed_packet, "a string is not UTF-8 without NUL");
        return value;
    }
    std::string_view take(std::size_t count) {
        if (count > rest_.size()) {
            fail(ReasonCode::malformed_packet, "the packet ends too early");
            return {};
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    std::string_view take_rest() { return take(rest_.size()); }

private:
    std::uint32_t number(std::size_t count) {
        std::uint32_t value = 0;
        for (const char c : take(count)) value = (value << 8U) | static_cast<unsigned char>(c);
        return value;
    }
    std::string_view rest_;
    std::size_t most_user_properties_;
    DecodeError error_{};
};

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// UUIDs of version 4 and 7.
#include "base/uuid.hpp"

#include <cstdint>

namespace muster::base {
namespace {

constexpr int nibbles = 32;

bool has_dash_before(int nibble) {
    return nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20;
}

// -1 if it is none.
int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr std::uint64_t variant(std::uint64_t low) {
    return (low & 0x3FFF'FFFF'FFFF'FFFFULL) | 0x8000'0000'0000'0000ULL;
}

}  // namespace

std::string to_text(const Uuid& uuid) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (int nibble = 0; nibble < nibbles; ++nibble) {
        if (has_dash_before(nibble)) text += '-';
        const std::uint64_t half = nibble < 16 ? uuid.high : uuid.low;
        text += digits[(half >> (60U - 4U * (static_cast<unsigned>(nibble) % 16U))) & 15U];
    }
    return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid;
    std::size_t place = 0;
    for (int nibble = 0; nibble < nibbles; ++nibble) {
        if (has_dash_before(nibble) && text[place++] != '-') return std::nullopt;
        const int digit = digit_of(text[place++]);
        if (digit < 0) return std::nullopt;
        auto& half = nibble < 16 ? uuid.high : uuid.low;
        half = half << 4U | static_cast<std::uint64_t>(digit);
    }
    return uuid;
}

std::string make_uuid_v4(Random& random) {
    const std::uint64_t high = (random.next() & ~0xF000ULL) | 0x4000ULL;
    return to_text({high, variant(random.next())});
}

std::string make_uuid_v7(WallTime now, Random& random) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const std::uint64_t high = (static_cast<std::uint64_t>(milliseconds) << 16U) | 0x7000ULL | (random.next() & 0x0FFFULL);
    return to_text({high, variant(random.next())});
}

}  // namespace muster::base

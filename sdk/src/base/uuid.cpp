// SPDX-License-Identifier: Apache-2.0
// UUIDs of version 4 and 7.
#include "base/uuid.hpp"

#include <cstdint>

namespace muster::base {
namespace {

// Writes 128 bits in the form 8-4-4-4-12.
std::string format(std::uint64_t high, std::uint64_t low) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (int nibble = 0; nibble < 32; ++nibble) {
        if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) text += '-';
        const std::uint64_t half = nibble < 16 ? high : low;
        text += digits[(half >> (60U - 4U * (static_cast<unsigned>(nibble) % 16U))) & 15U];
    }
    return text;
}

constexpr std::uint64_t variant(std::uint64_t low) {
    return (low & 0x3FFF'FFFF'FFFF'FFFFULL) | 0x8000'0000'0000'0000ULL;
}

}  // namespace

std::string make_uuid_v4(Random& random) {
    const std::uint64_t high = (random.next() & ~0xF000ULL) | 0x4000ULL;
    return format(high, variant(random.next()));
}

std::string make_uuid_v7(WallTime now, Random& random) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const std::uint64_t high = (static_cast<std::uint64_t>(milliseconds) << 16U) | 0x7000ULL | (random.next() & 0x0FFFULL);
    return format(high, variant(random.next()));
}

}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// Chance that can be repeated: an outcome is a function of seed, client and the number of its opportunity, of nothing else.
#pragma once

#include <cstdint>
#include <string_view>

namespace muster::testbroker::faults {

/// splitmix64's finisher: neighbouring inputs give independent outputs.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t value) noexcept {
    value += 0x9E37'79B9'7F4A'7C15ULL;
    value = (value ^ (value >> 30U)) * 0xBF58'476D'1CE4'E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D0'49BB'1331'11EBULL;
    return value ^ (value >> 31U);
}

/// FNV-1a; a NUL between the two, which neither name can contain.
[[nodiscard]] constexpr std::uint64_t hash_of(std::string_view tenant, std::string_view client_id) noexcept {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325ULL;
    const auto add = [&hash](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01B3ULL; };
    for (const char c : tenant) add(c);
    add('\0');
    for (const char c : client_id) add(c);
    return hash;
}

/// Whether the n-th opportunity is one that `probability` takes.
[[nodiscard]] constexpr bool draw(std::uint64_t seed, std::uint64_t client, std::uint64_t n, double probability) noexcept {
    constexpr double two_to_53 = 9'007'199'254'740'992.0;  // All that a double can hold evenly.
    return static_cast<double>(mix(mix(mix(seed) ^ client) ^ n) >> 11U) < probability * two_to_53;
}

}  // namespace muster::testbroker::faults

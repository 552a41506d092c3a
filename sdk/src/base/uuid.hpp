// SPDX-License-Identifier: Apache-2.0
// Universally unique identifiers, version 4 and 7 (RFC 9562).
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::base {

/// Its 128 bits.
struct Uuid {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
};

/// 36 lower-case characters in the form 8-4-4-4-12.
[[nodiscard]] std::string to_text(const Uuid& uuid);
/// Of either case; none if the text is not one.
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text);

/// 122 random bits, as 36 lower-case characters.
[[nodiscard]] std::string make_uuid_v4(Random& random);

/// 48 bits of milliseconds since 1970, then 74 random bits: sorts by time of creation.
[[nodiscard]] std::string make_uuid_v7(WallTime now, Random& random);

}  // namespace muster::base

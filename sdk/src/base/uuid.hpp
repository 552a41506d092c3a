// SPDX-License-Identifier: Apache-2.0
// Universally unique identifiers, version 4 and 7 (RFC 9562).
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <string>

namespace muster::base {

/// 122 random bits, as 36 lower-case characters.
[[nodiscard]] std::string make_uuid_v4(Random& random);

/// 48 bits of milliseconds since 1970, then 74 random bits: sorts by time of creation.
[[nodiscard]] std::string make_uuid_v7(WallTime now, Random& random);

}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// What a message of the load carries: who sent it, its number, and when it should have left.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace muster::fleet {

/// All numbers in the machine's byte order: sender and receiver are the same process.
struct Stamp {
    std::uint32_t run = 0;  ///< Tells this run's messages from what another one left in the broker.
    std::uint32_t publisher = 0;
    std::uint64_t sequence = 0;
    base::SteadyTime intended;
};

constexpr std::size_t stamp_bytes = 24;

/// Writes the stamp to the first `stamp_bytes` of a payload.
void write_stamp(const Stamp& stamp, char* payload);
/// None if the payload is too short.
[[nodiscard]] std::optional<Stamp> read_stamp(std::string_view payload);

}  // namespace muster::fleet

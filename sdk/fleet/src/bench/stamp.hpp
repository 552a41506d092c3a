// SPDX-License-Identifier: Apache-2.0
// What a message of a bench carries: whose it is, its number, and when it should have left.
#pragma once

#include "base/clock.hpp"

#include <muster/fleet/bench.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace muster::fleet {

/// All numbers in the machine's byte order: the hosts of one load are alike.
struct BenchStamp {
    std::uint32_t run = 0;   ///< Tells this run's messages from what another one left in the broker.
    std::uint32_t boot = 0;  ///< Of the sending machine: steady clocks of two boots have nothing in common.
    std::uint32_t publisher = 0;
    std::uint64_t sequence = 0;
    base::SteadyTime intended;
};

/// Writes the stamp to the first `bench_stamp_bytes` of a payload.
void write_stamp(const BenchStamp& stamp, char* payload) noexcept;
/// From its beginning, or, in hexadecimal digits, from wherever it is. None if the payload is no bench's.
[[nodiscard]] std::optional<BenchStamp> read_bench_stamp(std::string_view payload) noexcept;

/// A run's mark, from its id.
[[nodiscard]] std::uint32_t mark_of(std::string_view text) noexcept;
/// This boot's mark; 0 where the system does not tell.
[[nodiscard]] std::uint32_t boot_mark();

}  // namespace muster::fleet

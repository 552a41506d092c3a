// SPDX-License-Identifier: Apache-2.0
// How telemetry.proto is written down (https://protobuf.dev/programming-guides/encoding).
#pragma once

#include <cstdint>
#include <string_view>

namespace muster::payload {

/// The field's number, and in the lowest three bits how it is written.
enum Tag : char {
    batch_readings = 1 << 3,
    batch_first_time = 2 << 3,
    batch_first_sequence = 4 << 3,
    batch_column = 6 << 3 | 2,
    batch_partial_runs = 7 << 3 | 2,
    column_name = 1 << 3 | 2,
    column_doubles = 3 << 3 | 2,
    column_integer_deltas = 4 << 3 | 2,
};

/// `partial_runs` of one partial reading, behind its tag: two numbers, none is whole, one is partial.
constexpr std::string_view one_partial_run("\2\0\1", 3);

constexpr std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t from_zigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

}  // namespace muster::payload

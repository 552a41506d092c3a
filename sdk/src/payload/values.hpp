// SPDX-License-Identifier: Apache-2.0
// Which of a reading's values are encoded, and under which names: the same in every encoding.
#pragma once

#include <muster/reading.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster::payload {

/// What one payload may hold when it is decoded: a payload of a few KiB must not become a GiB.
constexpr std::size_t max_readings = 65'536;
constexpr std::size_t max_decoded_bytes = std::size_t{64} << 20U;

/// What a message's id is called among the first reading's names.
constexpr std::string_view message_id_name = "message_id";

/// Whether it is one of the reading's own fields', so that no value can have it.
[[nodiscard]] bool is_own_name(std::string_view name);

/// False for a value that a later one of the same name replaces, and for the names of the reading's own fields.
[[nodiscard]] bool is_encoded(const Reading& reading, std::size_t value);

/// The name with U+FFFD for what is not UTF-8: a receiver throws away all of a payload that is not.
[[nodiscard]] std::string utf8_name(std::string_view name);

[[nodiscard]] std::int64_t milliseconds_of(const Reading& reading);
[[nodiscard]] std::chrono::system_clock::time_point time_of(std::int64_t milliseconds);
/// Whether a clock can hold it: about the years 1678 to 2262.
[[nodiscard]] bool is_time(std::int64_t milliseconds);

}  // namespace muster::payload

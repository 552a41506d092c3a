// SPDX-License-Identifier: Apache-2.0
// What a format string's letters stand for.
#pragma once

#include <muster/fleet/mqtt_client.hpp>

#include <chrono>
#include <string>

namespace muster::cli {

using WallTime = std::chrono::system_clock::time_point;

/// By strftime, in local time; N is the nanoseconds.
[[nodiscard]] std::string time_text(WallTime time, char letter);
/// 2020-05-06T22:12:00+0100, with microseconds if `has_fraction`.
[[nodiscard]] std::string iso_time(WallTime time, bool has_fraction);
/// Two digits for each byte.
[[nodiscard]] std::string hexadecimal(const std::string& bytes, bool has_capitals);
/// Letters that stand for something behind a %.
[[nodiscard]] bool is_value(char letter);
/// Those that have a number, and are padded with zeros if that is asked for.
[[nodiscard]] bool is_padded_with_zeros(char letter);
/// Fails with Code::invalid_argument where J stands and the payload is no JSON.
[[nodiscard]] Result<std::string> value_of(char letter, const fleet::MqttMessage& message, WallTime received);

}  // namespace muster::cli

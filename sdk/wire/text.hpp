// SPDX-License-Identifier: Apache-2.0
// What MQTT allows as text, decided quickly for what is plain ASCII, as most topics are.
#pragma once

#include "base/topic.hpp"

#include <algorithm>
#include <string_view>

namespace muster::wire {

/// As base::is_mqtt_utf8.
[[nodiscard]] inline bool is_text(std::string_view text) noexcept {
    const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; });
    return is_plain || base::is_mqtt_utf8(text);
}

/// Whether text that `is_text` may be published to (MQTT 5.0, section 4.7).
[[nodiscard]] inline bool is_topic_name(std::string_view text) noexcept {
    return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) { return c == '+' || c == '#'; });
}

/// Whether a filter asks for a shared subscription (section 4.8.2).
[[nodiscard]] inline bool is_shared(std::string_view filter) noexcept {
    constexpr std::string_view prefix = "$share/";
    return filter.substr(0, prefix.size()) == prefix;
}

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// MQTT 5 properties as Paho has them.
#pragma once

#include <mqtt/properties.h>

#include <optional>
#include <string>

namespace muster::transport {

/// The first user property of that name.
[[nodiscard]] inline std::optional<std::string> user_property(const mqtt::properties& properties, const std::string& name) {
    for (std::size_t i = 0; i < properties.count(mqtt::property::USER_PROPERTY); ++i) {
        const auto [key, value] = mqtt::get<mqtt::string_pair>(properties, mqtt::property::USER_PROPERTY, i);
        if (key == name) return value;
    }
    return std::nullopt;
}

}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// The properties of a message as MQTT 5 encodes them, which is also how the outbox stores them.
#pragma once

#include <muster/message.hpp>
#include <muster/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace muster::base {

/// As they are in a PUBLISH packet (MQTT 5.0, section 3.3.2.3) without the length in front: payload format indicator, content type,
/// response topic, correlation data, user properties in their order. What is empty is left out.
[[nodiscard]] std::string encode(const MessageProperties& properties);

/// What `encode` makes has so many bytes.
[[nodiscard]] std::size_t encoded_size(const MessageProperties& properties);

/// None if it is not what `encode` makes.
[[nodiscard]] std::optional<MessageProperties> decode_properties(std::string_view encoded);

/// For publishing. Fails with Code::invalid_argument (text that is no UTF-8 or has NUL, a response topic with a wildcard), Code::too_large
/// (more than most_property_bytes, or 65,535 in one string).
Result<void> check_properties(const MessageProperties& properties);

/// MQTT 5.0, section 2.1.4, less the largest topic, the properties and the header.
inline constexpr std::size_t largest_payload = 268'435'455 - 65'535 - most_property_bytes - 16;

/// Whatever is published, beside its properties. Fails with Code::invalid_argument (the topic), Code::too_large (the topic,
/// or a payload that no packet has room for).
Result<void> check_message(std::string_view topic, std::string_view payload);

}  // namespace muster::base

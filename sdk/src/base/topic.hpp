// SPDX-License-Identifier: Apache-2.0
// Topic names and filters (MQTT 5.0, section 4.7): are they well formed, and do they match?
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <string_view>

namespace muster::base {

/// Whether `text` is UTF-8 without surrogates, overlong forms and NUL (MQTT 5.0, section 1.5.4).
[[nodiscard]] bool is_mqtt_utf8(std::string_view text) noexcept;

/// A topic name for publishing. Fails with Code::invalid_argument, saying what is wrong and where, or Code::too_large (over 65535 bytes).
Result<void> check_topic(std::string_view topic);

/// A topic filter for subscribing, wildcards in their places. Fails as check_topic does.
Result<void> check_filter(std::string_view filter);

/// Whether a valid filter matches a valid topic; `#` and `+` at the first level do not match topics that begin with `$`.
[[nodiscard]] bool filter_matches(std::string_view filter, std::string_view topic) noexcept;

/// Whether it is `$share/<group>/<filter>` (MQTT 5.0, section 4.8.2).
[[nodiscard]] bool is_shared(std::string_view filter) noexcept;

/// What topics are matched with: of a shared filter its last part.
[[nodiscard]] std::string_view matched_part(std::string_view filter) noexcept;

/// The number by which a broker says for which subscription a message is (MQTT 5.0, section 3.8.2.1.2), 1 to 268,435,455: the same for a
/// filter in every run, because brokers that keep sessions keep it.
[[nodiscard]] std::uint32_t subscription_identifier(std::string_view filter) noexcept;

}  // namespace muster::base

// SPDX-License-Identifier: Apache-2.0
// Text from outside: is it UTF-8, and how may it be shown to people?
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::base {

/// The length of the well-formed UTF-8 sequence that `text` begins with, 1 to 4; 0 if there is none (RFC 3629, section 4).
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text) noexcept;

/// `text` as it may stand in a message or a log, on one line and as UTF-8: control characters, what reorders or hides text, and bytes that
/// are no UTF-8 become `\xNN`; more than `max_bytes` are cut, which `...` shows.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 200);

}  // namespace muster::base

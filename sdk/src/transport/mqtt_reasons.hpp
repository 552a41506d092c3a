// SPDX-License-Identifier: Apache-2.0
// What a broker says no with, as Errors.
#pragma once

#include <muster/result.hpp>
#include <muster/transport.hpp>

#include <string>
#include <string_view>

namespace muster::transport {

/// A failing reason code (0x80 and above; MQTT 5.0, section 2.4), in hexadecimal and words.
[[nodiscard]] Error error_for_reason(int reason_code, const std::string& what);

/// A return code of a CONNACK of MQTT 3.1.1 (section 3.2.2.3), 1 to 5.
[[nodiscard]] Error error_for_return_code(int return_code, const std::string& what);

/// Fails with Code::rejected if MQTT 3.1.1 has no words for what is asked, which no broker would say.
[[nodiscard]] Result<void> check_for_3_1_1(const Subscription& asked);

/// When to come back, as the user property `retry-after` has it; what is no number of seconds says nothing.
void take_retry_after(std::string_view seconds, LinkDown& down);

}  // namespace muster::transport

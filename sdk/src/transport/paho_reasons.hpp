// SPDX-License-Identifier: Apache-2.0
// MQTT 5 reason codes and Paho's own return codes as Errors.
#pragma once

#include <muster/result.hpp>

#include <string>

namespace muster::transport {

/// A failing reason code (0x80 and above; MQTT 5.0, section 2.4), in hexadecimal and words.
[[nodiscard]] Error error_for_reason(int reason_code, const std::string& what);

/// A connection attempt that failed: by the broker's reason if there is one, else by OpenSSL's line about the handshake.
[[nodiscard]] Error error_for_attempt(int reason_code, int return_code, const std::string& tls_error, bool tls);

}  // namespace muster::transport

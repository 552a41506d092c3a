// SPDX-License-Identifier: Apache-2.0
// Paho's own return codes as Errors.
#pragma once

#include <muster/result.hpp>

#include <exception>
#include <string>

namespace muster::transport {

/// What Paho threw instead of taking a message or a filter: Code::unreachable if the connection is gone, otherwise what is wrong with it.
[[nodiscard]] Error error_for_refusal(const std::exception& thrown);

/// What Paho and OpenSSL said about a connection attempt that failed.
struct FailedAttempt {
    int reason_code = 0;     ///< Of MQTT 5, in which Paho also puts 0 for "none".
    int return_code = 0;     ///< Paho's own if negative; else the CONNACK's, of either version (seen).
    std::string words;       ///< Paho's.
    std::string tls_reason;  ///< What OpenSSL queued last, if anything.
    bool tls = false;
    bool proxy = false;
    bool is_cut_off = false;  ///< The server ended the connection without a word.
};
/// Whether the broker does not speak the version that was asked for.
[[nodiscard]] bool is_refused_version(const FailedAttempt& attempt);
[[nodiscard]] Error error_for_attempt(const FailedAttempt& attempt);

}  // namespace muster::transport

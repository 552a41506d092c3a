// SPDX-License-Identifier: Apache-2.0
// From reason codes to Errors.
#include "bench/refusal.hpp"

#include "wire/reasons.hpp"

#include <algorithm>
#include <array>

namespace muster::fleet {
namespace {

std::string hexadecimal(wire::ReasonCode reason) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto value = static_cast<unsigned>(reason);
    return std::string("0x") + digits[value >> 4U] + digits[value & 15U];
}

Code code_of(wire::ReasonCode reason) {
    using wire::ReasonCode;
    switch (reason) {
        case ReasonCode::bad_user_name_or_password:
        case ReasonCode::not_authorized:
        case ReasonCode::bad_authentication_method:
        case ReasonCode::banned:
            return Code::denied;
        case ReasonCode::server_unavailable:
        case ReasonCode::server_busy:
        case ReasonCode::server_shutting_down:
        case ReasonCode::connection_rate_exceeded:
            return Code::unavailable;
        case ReasonCode::session_taken_over:
            return Code::taken_over;
        case ReasonCode::packet_too_large:
            return Code::too_large;
        case ReasonCode::keep_alive_timeout:
            return Code::timeout;
        default:
            return Code::rejected;
    }
}

}  // namespace

Error refusal(const std::string& packet, wire::ReasonCode reason) {
    std::string words(wire::name_of(reason));
    std::replace(words.begin(), words.end(), '_', ' ');
    return {code_of(reason), "the broker said " + packet + " " + hexadecimal(reason) + " (" + words + ")"};
}

Error no_mqtt(const char* why) {
    return {Code::unreachable, std::string("what the server sends is not MQTT: ") + why, "the port may speak TLS, WebSocket or HTTP"};
}

Error refusal_v311(std::uint8_t return_code) {
    using wire::ReasonCode;
    constexpr std::array reasons{ReasonCode::success,
                                 ReasonCode::unsupported_protocol_version,
                                 ReasonCode::client_identifier_not_valid,
                                 ReasonCode::server_unavailable,
                                 ReasonCode::bad_user_name_or_password,
                                 ReasonCode::not_authorized};
    const ReasonCode reason = return_code < reasons.size() ? reasons[return_code] : ReasonCode::unspecified_error;
    std::string words(wire::name_of(reason));
    std::replace(words.begin(), words.end(), '_', ' ');
    return {code_of(reason), "the broker said CONNACK return code " + std::to_string(return_code) + " (" + words + ")"};
}

}  // namespace muster::fleet

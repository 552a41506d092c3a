// SPDX-License-Identifier: Apache-2.0
// Reasons of MQTT 5.0 in the words of 3.1.1.
#include "wire/types.hpp"

namespace muster::wire {

std::uint8_t connack_code_v311(ReasonCode reason) noexcept {
    switch (reason) {
        case ReasonCode::success:
            return 0;
        case ReasonCode::unsupported_protocol_version:
            return 1;
        case ReasonCode::client_identifier_not_valid:
            return 2;
        case ReasonCode::bad_user_name_or_password:
            return 4;
        case ReasonCode::not_authorized:
        case ReasonCode::banned:
        case ReasonCode::bad_authentication_method:
            return 5;
        default:
            return 3;
    }
}

}  // namespace muster::wire

// SPDX-License-Identifier: Apache-2.0
// A guess at what somebody wanted who came to the wrong listener, for whoever reads the log.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <string_view>

namespace muster::testbroker::net {

/// Of the first bytes of a connection, at least one. None if they may begin a CONNECT (MQTT 5.0, section 3.1.1), otherwise a static text.
[[nodiscard]] inline const char* describe_stranger(std::string_view bytes) {
    constexpr char connect = 0x10;
    constexpr char tls_handshake = 0x16;
    constexpr std::array<std::string_view, 6> methods{"GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS "};
    if (bytes.front() == connect) return nullptr;
    if (bytes.front() == tls_handshake) return "this looks like TLS; it has listeners of its own (mqtts://, wss://)";
    for (const auto method : methods) {
        if (bytes.substr(0, method.size()) == method)
            return "this looks like HTTP; MQTT over WebSocket has listeners of its own (ws://, wss://)";
    }
    return "the first packet is no CONNECT";
}

/// Of the handshake that has just failed on this thread. None if it was one of TLS.
[[nodiscard]] inline const char* describe_failed_handshake() {
    switch (ERR_GET_REASON(ERR_peek_error())) {
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
            return "this looks like HTTP; the listener is one for MQTT over TLS";
        case SSL_R_WRONG_VERSION_NUMBER:
            return "this is no TLS; clients without it have listeners of their own (mqtt://, ws://)";
        default:
            return nullptr;
    }
}

}  // namespace muster::testbroker::net

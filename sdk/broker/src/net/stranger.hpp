// SPDX-License-Identifier: Apache-2.0
// A guess at what somebody wanted who came to the wrong listener, for whoever reads the log.
#pragma once

#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/system/error_code.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

namespace muster::testbroker::net {

constexpr char first_of_connect = 0x10;
constexpr char first_of_tls = 0x16;

/// Of the first bytes of a connection, at least one. None if they may begin a CONNECT (MQTT 5.0, section 3.1.1), otherwise a static text.
[[nodiscard]] inline const char* describe_stranger(std::string_view bytes) {
    constexpr std::array<std::string_view, 6> methods{"GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS "};
    if (bytes.front() == first_of_connect) return nullptr;
    if (bytes.front() == first_of_tls) return "this looks like TLS; it has listeners of its own (mqtts://, wss://)";
    for (const auto method : methods) {
        if (bytes.substr(0, method.size()) == method)
            return "this looks like HTTP; MQTT over WebSocket has listeners of its own (ws://, wss://)";
    }
    return "the first packet is no CONNECT";
}

/// Of bytes that are no request of HTTP.
[[nodiscard]] inline const char* describe_no_request(std::string_view bytes) {
    if (!bytes.empty() && bytes.front() == first_of_connect) return "this looks like MQTT; the listener is one for HTTP";
    if (!bytes.empty() && bytes.front() == first_of_tls) return "this looks like TLS; the listener is one for HTTP without it";
    return "this is no HTTP";
}

/// Of a handshake that failed with this error of OpenSSL's. None if it was one of TLS.
[[nodiscard]] inline const char* describe_failed_handshake(unsigned long error) {
    switch (ERR_GET_REASON(error)) {
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
            return "this looks like HTTP; the listener is one for TLS";
        case SSL_R_WRONG_VERSION_NUMBER:
            return "this is no TLS; MQTT without it has listeners of its own (mqtt://, ws://)";
        default:
            return nullptr;
    }
}

/// Takes what a stranger looked like, a static text. Threads: the listener's.
using OnStranger = std::function<void(const char* what)>;

/// Whether a parser of HTTP gave up on bytes that are no message, and not for the size of their body or their end.
[[nodiscard]] inline bool is_malformed_http(const boost::system::error_code& error) {
    using http = boost::beast::http::error;
    constexpr std::array malformed{http::header_limit,          http::bad_line_ending,     http::bad_target,
                                   http::bad_version,           http::bad_field,           http::bad_value,
                                   http::bad_content_length,    http::bad_chunk,           http::bad_obs_fold,
                                   http::bad_transfer_encoding, http::bad_chunk_extension, http::multiple_content_length};
    return std::any_of(malformed.begin(), malformed.end(), [&](http one) { return error == one; });
}

/// Tells of a handshake or a first request that failed on one of Asio's threads, if it was a stranger's. `bytes` are those not understood.
inline void tell_stranger(const OnStranger& on_stranger, const boost::system::error_code& error, std::string_view bytes = {}) {
    const char* what = nullptr;
    if (error.category() == boost::asio::error::get_ssl_category())
        what = describe_failed_handshake(static_cast<unsigned long>(error.value()));
    if (error == boost::beast::http::error::bad_method) what = describe_no_request(bytes);
    if (is_malformed_http(error)) what = "this is malformed HTTP";
    if (what != nullptr && on_stranger) on_stranger(what);
}

}  // namespace muster::testbroker::net

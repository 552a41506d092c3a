// SPDX-License-Identifier: Apache-2.0
// MQTT 5 reason codes and Paho's own return codes as Errors.
#include "transport/paho_reasons.hpp"

#include <array>
#include <cstdio>

namespace muster::transport {
namespace {

struct Reason {
    int code;
    Code meaning;
    const char* words;
};

constexpr std::array<Reason, 28> reasons{{
    {0x80, Code::rejected, "unspecified error"},
    {0x81, Code::rejected, "malformed packet"},
    {0x82, Code::rejected, "protocol error"},
    {0x83, Code::rejected, "implementation specific error"},
    {0x84, Code::rejected, "unsupported protocol version"},
    {0x85, Code::denied, "client identifier not valid"},
    {0x86, Code::denied, "bad user name or password"},
    {0x87, Code::denied, "not authorised"},
    {0x88, Code::unavailable, "server unavailable"},
    {0x89, Code::unavailable, "server busy"},
    {0x8A, Code::denied, "banned"},
    {0x8B, Code::unavailable, "server shutting down"},
    {0x8C, Code::denied, "bad authentication method"},
    {0x8D, Code::timeout, "keep alive timeout"},
    {0x8E, Code::taken_over, "session taken over by another client with this client id"},
    {0x8F, Code::rejected, "topic filter invalid"},
    {0x90, Code::rejected, "topic name invalid"},
    {0x93, Code::unavailable, "receive maximum exceeded"},
    {0x94, Code::rejected, "topic alias invalid"},
    {0x95, Code::too_large, "packet too large"},
    {0x96, Code::unavailable, "message rate too high"},
    {0x97, Code::unavailable, "quota exceeded"},
    {0x98, Code::unavailable, "administrative action"},
    {0x99, Code::rejected, "payload format invalid"},
    {0x9A, Code::rejected, "retain not supported"},
    {0x9B, Code::rejected, "QoS not supported"},
    {0x9C, Code::unavailable, "use another server"},
    {0x9F, Code::unavailable, "connection rate exceeded"},
}};

// `<thread>:error:<number>:SSL routines:<function>:<reason>:<file>:<line>:` holds one part for people.
std::string openssl_reason(const std::string& line) {
    constexpr int reason_part = 4;  // Counted from "error".
    std::size_t start = line.find("error:");
    for (int part = 0; part < reason_part && start != std::string::npos; ++part) {
        start = line.find(':', start);
        if (start != std::string::npos) ++start;
    }
    return start == std::string::npos ? line : line.substr(start, line.find(':', start) - start);
}

}  // namespace

Error error_for_reason(int reason_code, const std::string& what) {
    std::array<char, 8> hex{};
    static_cast<void>(std::snprintf(hex.data(), hex.size(), "0x%02X", static_cast<unsigned>(reason_code) & 0xFFU));
    for (const Reason& reason : reasons) {
        if (reason.code == reason_code) return {reason.meaning, what + ": " + reason.words + " (" + hex.data() + ")"};
    }
    return {Code::rejected, what + ": reason " + std::string(hex.data())};
}

Error error_for_attempt(int reason_code, int return_code, const std::string& tls_error, bool tls) {
    if (reason_code >= 0x80) return error_for_reason(reason_code, "the broker refused the connection");
    // Paho gives the reason of an MQTT 5 CONNACK as its return code (seen).
    if (return_code >= 0x80) return error_for_reason(return_code, "the broker refused the connection");
    // Return codes 1 to 5 are those of an MQTT 3.1.1 CONNACK (section 3.2.2.3), from a server that does not speak 5.
    if (return_code >= 1 && return_code <= 5) {
        const bool is_denied = return_code == 2 || return_code == 4 || return_code == 5;
        const Code code = return_code == 3 ? Code::unavailable : is_denied ? Code::denied : Code::rejected;
        return {code, "the broker refused the connection (MQTT 3.1.1 return code " + std::to_string(return_code) + ")"};
    }
    if (!tls_error.empty()) {
        return {Code::tls, "the TLS handshake failed (" + openssl_reason(tls_error) + ")",
                "check the trust anchors and the validity of both certificates"};
    }
    // Paho does not say which of these it was.
    const char* what = tls ? "no connection: nothing listens there, or the server's certificate is for another host name"
                           : "no connection: nothing listens there";
    return {Code::unreachable, std::string(what) + " (Paho code " + std::to_string(return_code) + ")"};
}

}  // namespace muster::transport

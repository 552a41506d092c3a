// SPDX-License-Identifier: Apache-2.0
// MQTT 5 reason codes and Paho's own return codes as Errors.
#include "transport/paho_reasons.hpp"

#include <MQTTAsync.h>
#include <mqtt/exception.h>

#include <array>
#include <cstddef>
#include <cstdio>

namespace muster::transport {
namespace {

struct Reason {
    int code;
    Code meaning;
    const char* words;
};

constexpr std::array<Reason, 29> reasons{{
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
    {0x91, Code::unavailable, "packet identifier in use"},
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

// A connection that ends without a goodbye leaves this in the queue of Paho's receive thread, and Paho does not always tell of that end
// there: whichever attempt fails next finds it, say one that met no listener. A handshake of its own that is hung up on is told as
// unfinished. And whosever it is: who hangs up has refused nothing that waiting would mend.
constexpr const char* end_of_file = "unexpected eof while reading";

// Paho clears OpenSSL's queue and then ends the unfinished handshake: what is left of the reason is only that there was one, or that
// nobody gave one: the relay knows which.
constexpr const char* unfinished = "shutdown while in init";

}  // namespace

Error error_for_reason(int reason_code, const std::string& what) {
    std::array<char, 8> hex{};
    static_cast<void>(std::snprintf(hex.data(), hex.size(), "0x%02X", static_cast<unsigned>(reason_code) & 0xFFU));
    for (const Reason& reason : reasons) {
        if (reason.code != reason_code) continue;
        const char* hint =
            reason.meaning == Code::taken_over ? "give each device a client id of its own; find the other one in the broker's log" : "";
        return {reason.meaning, what + ": " + reason.words + " (" + hex.data() + ")", hint};
    }
    return {Code::rejected, what + ": reason " + std::string(hex.data())};
}

Error error_for_refusal(const std::exception& thrown) {
    const auto* fault = dynamic_cast<const mqtt::exception*>(&thrown);
    switch (fault == nullptr ? 0 : fault->get_return_code()) {
        case MQTTASYNC_FAILURE:
        case MQTTASYNC_DISCONNECTED:
            return {Code::unreachable, "the connection was lost"};
        case MQTTASYNC_MAX_BUFFERED_MESSAGES:
        case MQTTASYNC_NO_MORE_MSGIDS:
            return {Code::unavailable, "too many messages are in flight in this process"};
        default:
            return {Code::rejected, std::string("Paho does not send it (") + thrown.what() + ")"};
    }
}

// A server that does not know 5 answers as 3.1.1 says (section 3.2.2.3), one that knows it and does not want it as 5 says.
bool is_refused_version(const FailedAttempt& attempt) {
    constexpr int unacceptable_protocol_version = 1;
    constexpr int unsupported_protocol_version = 0x84;
    return attempt.reason_code == unsupported_protocol_version || attempt.return_code == unsupported_protocol_version ||
           attempt.return_code == unacceptable_protocol_version;
}

Error error_for_attempt(const FailedAttempt& attempt) {
    constexpr const char* refused = "the broker refused the connection";
    if (attempt.reason_code >= 0x80) return error_for_reason(attempt.reason_code, refused);
    if (attempt.return_code >= 0x80) return error_for_reason(attempt.return_code, refused);
    // Return codes 1 to 5 are those of an MQTT 3.1.1 CONNACK (section 3.2.2.3), from a server that does not speak 5.
    if (const int code = attempt.return_code; code >= 1 && code <= 5) {
        const bool is_denied = code == 2 || code == 4 || code == 5;
        const Code meaning = code == 3 ? Code::unavailable : is_denied ? Code::denied : Code::rejected;
        constexpr std::array<const char*, 6> words{"",
                                                   "unacceptable protocol version",
                                                   "identifier rejected",
                                                   "server unavailable",
                                                   "bad user name or password",
                                                   "not authorised"};
        return {meaning, std::string(refused) + ": " + words.at(static_cast<std::size_t>(code)) + " (MQTT 3.1.1 return code " +
                             std::to_string(code) + ")"};
    }
    const bool is_told = attempt.tls_reason != unfinished;
    if (attempt.tls && !is_told && attempt.is_cut_off)
        return {Code::unreachable, "the connection was lost in the TLS handshake",
                "if it goes on, look at what stands between here and the broker, and at whether the broker listens for TLS there"};
    if (!attempt.tls_reason.empty() && attempt.tls_reason != end_of_file) {
        return {Code::tls, "the TLS handshake failed" + (is_told ? " (" + attempt.tls_reason + ")" : ""),
                "check the trust anchors, the validity of both certificates, and the clock"};
    }
    if (attempt.words.find("timeout") != std::string::npos) return {Code::timeout, "no answer to the connection request"};
    // Paho does not tell these apart: it closes the socket and reports no more than that.
    const char* hint = attempt.tls
                           ? "check that a broker listens there, that its certificate is for this host name, and that it accepts ours"
                           : "check that a broker listens there";
    if (attempt.proxy) hint = "check that the proxy is there, takes the user and password, and leads to the broker";
    return {Code::unreachable, "no connection (Paho code " + std::to_string(attempt.return_code) + ")", hint};
}

}  // namespace muster::transport

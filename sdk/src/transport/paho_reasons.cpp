// SPDX-License-Identifier: Apache-2.0
// MQTT 5 reason codes and Paho's own return codes as Errors.
#include "transport/paho_reasons.hpp"

#include "transport/mqtt_reasons.hpp"

#include <MQTTAsync.h>
#include <mqtt/exception.h>

namespace muster::transport {
namespace {

// A connection that ends without a goodbye leaves this in the queue of Paho's receive thread, and Paho does not always tell of that end
// there: whichever attempt fails next finds it, say one that met no listener. A handshake of its own that is hung up on is told as
// unfinished. And whosever it is: who hangs up has refused nothing that waiting would mend.
constexpr const char* end_of_file = "unexpected eof while reading";

// Paho clears OpenSSL's queue and then ends the unfinished handshake: what is left of the reason is only that there was one, or that
// nobody gave one: the relay knows which.
constexpr const char* unfinished = "shutdown while in init";

}  // namespace

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
    // From a server that does not speak 5.
    if (attempt.return_code >= 1 && attempt.return_code <= 5) return error_for_return_code(attempt.return_code, refused);
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

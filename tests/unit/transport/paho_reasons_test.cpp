// SPDX-License-Identifier: Apache-2.0
// What Paho and brokers say, as Errors that people and the session can act on.
#include "transport/paho_reasons.hpp"

#include "transport/mqtt_reasons.hpp"

#include <MQTTAsync.h>
#include <catch2/catch.hpp>
#include <mqtt/exception.h>

#include <stdexcept>

namespace muster::transport {
namespace {

TEST_CASE("a reason code is told in hexadecimal and words") {
    const Error error = error_for_reason(0x87, "subscription");
    CHECK(error.code() == Code::denied);
    CHECK(error.message() == "subscription: not authorised (0x87)");
}

TEST_CASE("a reason code that the standard does not know is a refusal all the same") {
    const Error error = error_for_reason(0xFE, "the broker ended the connection");
    CHECK(error.code() == Code::rejected);
    CHECK(error.message() == "the broker ended the connection: reason 0xFE");
}

TEST_CASE("an attempt that failed is told by the most telling sign") {
    struct Row {
        FailedAttempt attempt;
        Code code;
        const char* message;
    };
    const Row row = GENERATE(values<Row>({
        {{0x86, 0, "", "", true}, Code::denied, "the broker refused the connection: bad user name or password (0x86)"},
        {{0, 0x88, "CONNACK return code", "", false}, Code::unavailable, "the broker refused the connection: server unavailable (0x88)"},
        {{0, 1, "", "", false},
         Code::rejected,
         "the broker refused the connection: unacceptable protocol version (MQTT 3.1.1 return code 1)"},
        {{0, 2, "", "", false}, Code::denied, "the broker refused the connection: identifier rejected (MQTT 3.1.1 return code 2)"},
        {{0, 3, "", "", false}, Code::unavailable, "the broker refused the connection: server unavailable (MQTT 3.1.1 return code 3)"},
        {{0, 5, "", "", false}, Code::denied, "the broker refused the connection: not authorised (MQTT 3.1.1 return code 5)"},
        {{0, -1, "TCP/TLS connect failure", "shutdown while in init", true}, Code::tls, "the TLS handshake failed"},
        {{0, -1, "TCP/TLS connect failure", "shutdown while in init", true, false, true},
         Code::unreachable,
         "the connection was lost in the TLS handshake"},
        {{0, -1, "", "no shared cipher", true, false, true}, Code::tls, "the TLS handshake failed (no shared cipher)"},
        {{0, -1, "", "no shared cipher", true}, Code::tls, "the TLS handshake failed (no shared cipher)"},
        {{0, -1, "TCP/TLS connect failure", "unexpected eof while reading", true}, Code::unreachable, "no connection (Paho code -1)"},
        {{0, -1, "TCP connect timeout", "", true}, Code::timeout, "no answer to the connection request"},
        {{0, -1, "TCP/TLS connect failure", "", false}, Code::unreachable, "no connection (Paho code -1)"},
    }));
    const Error error = error_for_attempt(row.attempt);
    CHECK(error.code() == row.code);
    CHECK(error.message() == row.message);
}

TEST_CASE("a refused version is told in the words of either version") {
    CHECK(is_refused_version({0, 1, "", "", false}));
    CHECK(is_refused_version({0x84, 0, "", "", false}));
    CHECK(is_refused_version({0, 0x84, "", "", false}));
    CHECK_FALSE(is_refused_version({0, 2, "", "", false}));
    CHECK_FALSE(is_refused_version({0x81, 0, "", "", false}));
    CHECK_FALSE(is_refused_version({0, -1, "", "", false}));
}

TEST_CASE("what may be wrong with a TLS connection that just ended is in the hint") {
    CHECK(error_for_attempt({0, -1, "", "", false}).hint() == "check that a broker listens there");
    CHECK_THAT(error_for_attempt({0, -1, "", "", true}).hint(), Catch::Contains("its certificate is for this host name"));
}

TEST_CASE("what Paho does not take is told apart from a connection that is gone") {
    CHECK(error_for_refusal(mqtt::exception(MQTTASYNC_DISCONNECTED)).code() == Code::unreachable);
    CHECK(error_for_refusal(mqtt::exception(MQTTASYNC_FAILURE)).code() == Code::unreachable);
    CHECK(error_for_refusal(mqtt::exception(MQTTASYNC_NO_MORE_MSGIDS)).code() == Code::unavailable);
    CHECK(error_for_refusal(mqtt::exception(MQTTASYNC_BAD_UTF8_STRING)).code() == Code::rejected);
    CHECK(error_for_refusal(std::invalid_argument("bad")).code() == Code::rejected);
}

}  // namespace
}  // namespace muster::transport

// SPDX-License-Identifier: Apache-2.0
// What one attempt needs, in Paho's words.
#include "transport/paho_options.hpp"

#include "pki/key_password.hpp"
#include "transport/paho_hints.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace muster::transport {
namespace {

// What a broker may send us in one packet (MQTT 5.0, section 3.1.2.11.4): without it a hostile one could make Paho reserve 256 MiB.
// MQTT 3.1.1 has no such word.
constexpr std::int32_t maximum_packet_size = 16 << 20;

// How many messages of QoS 1 and 2 a broker may have on their way to us, not acknowledged (MQTT 5.0, section 3.1.2.11.3): so many may come
// again.
constexpr std::int32_t receive_maximum = 64;

// Suites that only TLS 1.2 knows, so that nothing older can be agreed on, whatever openssl.cnf says; those of TLS 1.3 are not concerned.
// Paho's own setting for the version would also shut out TLS 1.3.
constexpr const char* tls_1_2_suites = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AESCCM";

int paho_version(const LinkOptions& options) {
    return options.protocol == Protocol::mqtt5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
}

// Paho's error handler is not used: Paho C++ 1.2.0 calls it through a copy of the options that is gone by then (seen). What OpenSSL queued
// on the thread of the failure says at least that it was TLS.
mqtt::ssl_options ssl_options(const LinkOptions& options) {
    mqtt::ssl_options ssl;
    ssl.set_trust_store(options.trust_anchors.string());
    if (!options.key.empty()) {
        ssl.set_key_store(options.certificate.string());
        ssl.set_private_key(options.key.string());
        ssl.set_private_key_password(options.key_password.empty() ? pki::no_password : options.key_password);
    }
    ssl.set_enable_server_cert_auth(true);
    ssl.set_verify(true);  // The host name; off by default (measured).
    ssl.set_enabled_cipher_suites(tls_1_2_suites);
    return ssl;
}

void set_session(mqtt::connect_options& connect, const LinkOptions& options) {
    const bool is_kept = options.session_expiry.count() > 0;
    if (options.protocol == Protocol::mqtt311) {
        connect.set_clean_session(!is_kept);  // For how long a session is kept, the broker alone decides.
        return;
    }
    connect.set_clean_session(false);  // 3.1.1's word, which Paho wants false for 5.
    connect.set_clean_start(!is_kept);
    mqtt::properties properties{{mqtt::property::MAXIMUM_PACKET_SIZE, maximum_packet_size},
                                {mqtt::property::RECEIVE_MAXIMUM, receive_maximum}};
    ask_for_hints(properties);
    if (is_kept) properties.add({mqtt::property::SESSION_EXPIRY_INTERVAL, static_cast<std::int32_t>(options.session_expiry.count())});
    connect.set_properties(std::move(properties));
}

// After the version, which says whether there are properties.
void set_will(mqtt::connect_options& connect, const LinkOptions& options) {
    if (!options.will) return;
    const Message& will = *options.will;
    mqtt::properties properties;
    if (options.protocol == Protocol::mqtt5 && options.will_delay.count() > 0)
        properties.add({mqtt::property::WILL_DELAY_INTERVAL, static_cast<std::int32_t>(options.will_delay.count())});
    connect.set_will(
        mqtt::will_options(will.topic, will.payload.data(), will.payload.size(), static_cast<int>(will.qos), will.retain, properties));
}

}  // namespace

bool is_tls(const LinkOptions& options) {
    return options.endpoint.rfind("mqtts://", 0) == 0 || options.endpoint.rfind("wss://", 0) == 0;
}

bool is_websocket(const LinkOptions& options) {
    return options.endpoint.rfind("ws://", 0) == 0 || options.endpoint.rfind("wss://", 0) == 0;
}

// An IPv6 address goes without its brackets, which Paho 1.3.12 would look for in the server's certificate; the port is what it finds behind
// the last colon.
std::string paho_uri(const std::string& endpoint) {
    const auto end = endpoint.find("://");
    const std::string scheme = endpoint.substr(0, end);
    const std::string place = endpoint.substr(end + 3);
    if (scheme == "ws" || scheme == "wss") return endpoint;
    const std::string prefix = scheme == "mqtts" ? "ssl://" : "tcp://";
    const auto bracket = place.find(']');
    if (place.front() != '[' || bracket == std::string::npos) return prefix + place;
    return prefix + place.substr(1, bracket - 1) + place.substr(bracket + 1);
}

mqtt::create_options create_options(const LinkOptions& options) {
    mqtt::create_options created(paho_version(options));
    created.set_send_while_disconnected(false);
    return created;
}

mqtt::connect_options connect_options(const LinkOptions& options) {
    mqtt::connect_options connect;
    connect.set_mqtt_version(paho_version(options));  // Without it Paho tries one after the other, each with a whole time-out.
    set_session(connect, options);
    set_will(connect, options);
    connect.set_automatic_reconnect(false);
    connect.set_keep_alive_interval(options.keep_alive);
    connect.set_connect_timeout(std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(options.connect_timeout)));
    connect.set_max_inflight(65'535);  // The window is the session's.
    if (!options.username.empty()) {
        connect.set_user_name(options.username);
        connect.set_password(options.password);
    }
    if (is_tls(options)) connect.set_ssl(ssl_options(options));
    if (!options.proxy.empty()) is_tls(options) ? connect.set_https_proxy(options.proxy) : connect.set_http_proxy(options.proxy);
    return connect;
}

}  // namespace muster::transport

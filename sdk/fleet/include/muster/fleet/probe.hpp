// SPDX-License-Identifier: Apache-2.0
/// @file
/// Looks at a broker one step at a time, as one client: its name, its port, TLS, its answer to CONNECT, a message there and back. Every
/// call blocks, for no longer than it is told.
#pragma once

#include <muster/fleet/mqtt_client.hpp>
#include <muster/fleet/mqtt_packet.hpp>
#include <muster/message.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace muster::fleet::probe {

using std::chrono::milliseconds;

struct Endpoint {
    std::string scheme;  ///< "mqtt", "mqtts", "ws" or "wss".
    std::string host;    ///< Without brackets, also for IPv6.
    std::uint16_t port = 0;
    std::string path;  ///< Of WebSocket.

    [[nodiscard]] bool is_tls() const { return scheme == "mqtts" || scheme == "wss"; }
    [[nodiscard]] bool is_websocket() const { return scheme == "ws" || scheme == "wss"; }
    /// As it is written: `mqtts://host:port`.
    [[nodiscard]] std::string url() const;
};

/// `mqtt://`, `mqtts://`, `ws://` and `wss://`. Fails with Code::invalid_argument. Threads: any.
Result<Endpoint> parse_endpoint(const std::string& text);

/// The addresses of a host as numbers, in the order in which the system would try them. Fails with Code::unreachable. Threads: any; blocks
/// as long as the system's resolver does.
Result<std::vector<std::string>> resolve(const std::string& host);
/// Whether it is an address already.
[[nodiscard]] bool is_address(const std::string& host);

/// How an endpoint is reached.
struct Route {
    Endpoint endpoint;
    std::string address;      ///< Of the endpoint's host; of no account with a proxy, which looks for it itself.
    MqttProxy proxy;          ///< Without a URL: none.
    MqttObserver observer{};  ///< Is told what is said to the proxy; none: nobody is.
};

/// What a proxy says to CONNECT.
struct ProxyAnswer {
    bool is_there = false;         ///< It takes connections.
    std::optional<Error> failure;  ///< Why there is no answer: Code::unreachable, Code::timeout.
    int status = 0;
    std::string reason;  ///< With the status before it.
    [[nodiscard]] bool is_open() const { return status / 100 == 2; }
};

/// Asks the route's proxy for a tunnel, and hangs up. Threads: any.
ProxyAnswer ask_proxy(const Route& route, milliseconds timeout);

/// Connects by TCP, through the proxy if there is one, and hangs up: how long it took. Fails with Code::unreachable, Code::denied if the
/// proxy refuses, Code::timeout. Threads: any.
Result<milliseconds> dial(const Route& route, milliseconds timeout);

/// What a client shows, and whom it believes.
struct Tls {
    std::string ca_pem;                  ///< Trust anchors; if there is no directory either: the system's.
    std::filesystem::path ca_directory;  ///< Of such, as `openssl rehash` leaves it.
    std::string chain_pem;               ///< The client's certificate and its issuers; empty: none.
    std::string key_pem;                 ///< Its key, also as a reference to one in a token.
    std::string key_password;            ///< If it has one.
    bool verify_server = true;
    MqttTlsVersion version = MqttTlsVersion::v12_or_newer;
    std::string ciphers;  ///< As MqttTls has them.
    std::string alpn;     ///< One protocol of at most 255 bytes; empty: none.
};

struct TlsReport {
    std::string version;  ///< `TLSv1.3`.
    std::string cipher;   ///< As OpenSSL names it.
    bool gives_sessions = false;
    bool resumes = false;  ///< A second connection was a short one.
};

/// Shakes hands, and again with the session that the first left. A server that does not want our certificate may say so here, or, with TLS
/// 1.3, only later. Fails with Code::tls (also if a certificate or key cannot be used), and as dial() does. Threads: any.
Result<TlsReport> shake_hands(const Route& route, const Tls& tls, milliseconds timeout);

struct ConnectPlan {
    Endpoint endpoint;
    std::string address;     ///< Of the endpoint's host.
    MqttProxy proxy;         ///< As in a Route.
    std::optional<Tls> tls;  ///< None: plain.
    Protocol protocol = Protocol::mqtt5;
    std::string client_id;
    std::string username;  ///< Empty: none; so the password.
    std::string password;
    bool clean_start = true;
    /// Of what else comes, for a session that was there before, nothing is acknowledged: it stays in the session.
    std::string own_topics;
    milliseconds timeout{10'000};  ///< For each step.
    MqttObserver observer;         ///< Is told of every packet; none: nobody is.
};

/// What the broker said in its CONNACK (MQTT 5.0, section 3.2.2.3); what it left out has the specification's default. Of MQTT 3.1.1
/// `session_present` alone.
struct Welcome {
    bool session_present = false;
    std::uint16_t receive_maximum = 65'535;
    std::optional<std::uint32_t> maximum_packet_size;  ///< None: what the protocol has room for.
    int maximum_qos = 2;
    bool has_retain = true;
    bool has_wildcards = true;
    bool has_shared_subscriptions = true;
    bool has_subscription_identifiers = true;
    std::uint16_t topic_alias_maximum = 0;
    std::optional<std::uint16_t> server_keep_alive;
    std::optional<std::uint32_t> session_expiry;
    std::string assigned_client_id;
};

class Client;

/// What came of a connect: a client, or why not.
struct Attempt {
    std::unique_ptr<Client> client;
    std::optional<Error> failure;
    std::optional<std::uint8_t> reason;  ///< The CONNACK's, MQTT 5's reason code or 3.1.1's return code, if it has refused.
};

/// One connection. Threads: one.
class Client {
public:
    static Attempt connect(const ConnectPlan& plan);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    [[nodiscard]] const Welcome& welcome() const;
    /// The QoS that is granted. Fails with Code::denied, Code::rejected, Code::unreachable, Code::timeout.
    Result<Qos> subscribe(const std::string& filter, Qos qos);
    Result<void> unsubscribe(const std::string& filter);
    /// Returns once it is acknowledged; with QoS 0, once it is on its way. Fails as subscribe() does.
    Result<void> publish(const std::string& topic, const std::string& payload, Qos qos);
    /// Whether a message with this payload has come, on whatever topic, or comes within that time.
    Result<bool> receives(const std::string& payload, milliseconds within);
    /// Ends the connection properly, and with it the session unless it was there before.
    void disconnect();

private:
    struct State;
    explicit Client(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What the time is elsewhere.
struct RemoteTime {
    std::chrono::system_clock::time_point theirs;  ///< The Date of an HTTP answer (RFC 9110, section 6.6.1), to the second.
    std::chrono::system_clock::time_point ours;    ///< Halfway between question and answer.
};

/// Asks an HTTP server (`http://`, `https://`) for its time. Nobody vouches for it: the server's certificate is not looked at, because with
/// a wrong clock it could not be judged. `proxy`: as in a Route. Fails with Code::unreachable, Code::timeout, Code::tls, Code::rejected if
/// the answer has no Date. Threads: any.
Result<RemoteTime> ask_time(const std::string& url, milliseconds timeout, const MqttProxy& proxy = {});

}  // namespace muster::fleet::probe

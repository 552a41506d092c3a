// SPDX-License-Identifier: Apache-2.0
/// @file
/// Loads a broker with MQTT clients by the thousand and measures what it does with them: connecting, publishing, messages from end to
/// end, and a fleet's return after all of it was cut off.
#pragma once

#include <muster/fleet/mqtt_client.hpp>
#include <muster/fleet/mqtt_packet.hpp>
#include <muster/message.hpp>
#include <muster/result.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::fleet {

enum class BenchKind : std::uint8_t {
    conn,      ///< Clients connect and stay; with `resume` they are cut off and connect again.
    pub,       ///< Clients publish; a message has arrived when the broker acknowledges it, with QoS 0 when it is sent.
    sub,       ///< Clients subscribe, each expects every message: of publishers of this run, or whatever comes.
    pingpong,  ///< Each client subscribes to its own topic and publishes to it.
    fanin,     ///< Clients publish, few subscribers get all of it.
    storm,     ///< All clients are cut off at once and come back.
};

enum class BenchMqtt : std::uint8_t { v311, v5 };

/// A key and its certificate chain in PEM, leaf first.
struct BenchCredential {
    std::string client_id;  ///< The certificate's CN, and its client's id, unless many share it; empty: as BenchNames has it.
    std::string chain_pem;
    std::string key_pem;         ///< Or a reference to a key in a token, as pki::refer_to_key() makes it.
    std::string key_password{};  ///< Or its PIN; if it has one.
};

struct BenchTls {
    std::string ca_pem;                    ///< Trust anchors, one or more; if there is no directory either: the system's.
    bool verify_server = true;             ///< Chain and name.
    bool resume = false;                   ///< A client that connects again takes up its TLS session.
    std::filesystem::path ca_directory{};  ///< Of trust anchors, as `openssl rehash` leaves it.
    MqttTlsVersion version = MqttTlsVersion::v12_or_newer;
    std::string ciphers{};  ///< As MqttTls has them.
    std::string alpn{};     ///< One protocol of at most 255 bytes; empty: none.
};

/// Where one node of the broker is.
struct BenchPlace {
    std::string host;
    std::uint16_t port = 0;
    std::string websocket_path{};  ///< As BenchPlan has it.
};

/// What every client says beside its names. Properties are MQTT 5's.
struct BenchGreeting {
    bool clean_start = true;
    /// Its topic and payload are patterns as those of BenchNames. A bench ends its connections by cutting them: it comes then, too.
    std::optional<MqttMessage> will;
    MqttProperties connect;
    MqttProperties publish;
    MqttProperties subscribe;
};

/// Names in which `%i` stands for a client's number, `%r` for the run id and `%%` for a percent sign.
struct BenchNames {
    std::string client_id = "bench-%r-%i";
    std::string topic = "bench/%i";
    std::string username;  ///< Empty: none; so the password.
    std::string password;
};

/// How a client that was cut off comes back.
struct BenchReturn {
    bool jitter = true;  ///< The SDK's rule: every delay is drawn. Without it all wait the same: 0 at first, then the ceilings of the rule.
    std::chrono::milliseconds spread{30'000};  ///< Over which first attempts are drawn.
    std::chrono::milliseconds base{10'000};    ///< Ceiling of the second attempt's delay, which grows by half each time.
    std::chrono::milliseconds cap{300'000};
};

/// Told of each packet of a client, and of the HTTP before it, without payloads and passwords. Called on several threads at a time.
using BenchObserver = std::function<void(std::string_view client_id, const MqttPacket& packet)>;

struct BenchPlan {
    BenchKind kind = BenchKind::conn;
    std::string host = "127.0.0.1";
    std::uint16_t port = 1883;
    BenchMqtt version = BenchMqtt::v5;
    std::optional<BenchTls> tls;  ///< None: plain TCP.
    std::string websocket_path;   ///< Empty: MQTT without WebSocket. Begins with `/`.
    /// More nodes, of the same protocol: client n begins at node n modulo their number, this plan's `host` being the first, and goes on to
    /// the next one when a node cannot be reached, does not answer or is unavailable. Before the load it tries each once.
    std::vector<BenchPlace> more_nodes;
    MqttProxy proxy;                           ///< To all of them; without a URL: none.
    std::vector<BenchCredential> credentials;  ///< Empty: none; one: shared by all clients; else one for each client, in this order.
    BenchNames names;
    BenchGreeting greeting;
    std::string run_id;  ///< Tells this run's clients and messages from another's; not empty.

    std::uint32_t clients = 1;               ///< 1 to 1,000,000.
    std::uint32_t peers = 1;                 ///< `fanin`: subscribers. `sub`: publishers, if `rate` is not 0.
    BenchNames peer_names;                   ///< Of those; a subscriber's topic is a filter.
    bool peers_have_credentials = false;     ///< Of `credentials` those behind the clients'; else they connect without a certificate.
    double connect_rate = 0;                 ///< Connections begun in a second; 0: as fast as they go.
    std::uint32_t connecting_at_once = 256;  ///< Connections between their start and their CONNACK.
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::seconds keep_alive{60};

    std::chrono::milliseconds duration{30'000};  ///< Of the sending, after the warm-up; `conn`: connections are held so long;
                                                 ///< `storm`: the longest wait for their return.
    std::chrono::milliseconds warm_up{0};        ///< Messages of this time count, their latencies do not.
    std::chrono::milliseconds drain{5'000};      ///< How long the last messages are waited for.
    double rate = 0;                             ///< Messages a second of all publishers together.
    std::uint64_t messages = 0;                  ///< Of each publisher; 0: no limit.
    std::uint64_t limit = 0;                     ///< Of all publishers together; `sub` without a rate: received. 0: none.
    std::uint32_t in_flight = 1'000;             ///< Unacknowledged messages of a client, fewer if the broker takes fewer.
    bool precise = false;                        ///< Each message leaves within 0.1 ms of its time and each answer is looked at when it
                                                 ///< comes. Else both wait for up to 0.5 ms (1 ms where one client has several
                                                 ///< messages in it) from 4,000 messages a second of a thread on: half the cost.
    std::chrono::milliseconds late_after{10};    ///< A message that left so long after its time is a late one.
    Qos qos = Qos::at_least_once;                ///< Of messages and subscriptions.
    std::size_t payload_bytes = 64;              ///< At least `bench_stamp_bytes`.
    std::string payload;                         ///< If not empty: what follows the stamp, and `payload_bytes` is of no account.
    /// If not empty: all of the payload, filled in for each message. `%i` is the client's number, `%c` its id, `%r` the run id, `%n` the
    /// message's number, `%t` its time in ms since 1970, `%d` a random digit, `%x` a random hexadecimal one, `%s` the stamp in hexadecimal
    /// digits, which a receiver needs; `%%` a percent sign.
    std::string payload_template;
    std::chrono::milliseconds report_interval{1'000};  ///< 100 ms to 1 h.
    BenchReturn comeback;
    BenchObserver observer;     ///< May be empty.
    std::uint32_t threads = 0;  ///< 0: one for each core.
};

/// Run, publisher, sequence and intended time, with which every payload begins.
constexpr std::size_t bench_stamp_bytes = 32;

/// A distribution of times. Each value is at most 0.1 % above the true one, and never above `max`.
struct BenchTimes {
    struct Point {
        double percent = 0;
        std::chrono::nanoseconds value{0};
    };
    /// So many values of at most `upto`, and above that of the bucket before.
    struct Bucket {
        std::chrono::nanoseconds upto{0};
        std::uint64_t count = 0;
    };
    std::uint64_t count = 0;
    std::chrono::nanoseconds mean{0};
    std::chrono::nanoseconds p50{0};
    std::chrono::nanoseconds p90{0};
    std::chrono::nanoseconds p99{0};
    std::chrono::nanoseconds p999{0};
    std::chrono::nanoseconds max{0};
    std::vector<Point> curve;     ///< For a plot: denser towards 100 %.
    std::vector<Bucket> buckets;  ///< All of it, ascending; none is empty.
};

/// Connections, since the start or within an interval.
struct BenchConnections {
    std::uint64_t connected = 0;  ///< CONNACKs (and SUBACKs where a client subscribes), second connections of a client too.
    std::uint64_t resumed = 0;    ///< Of them with a TLS session taken up.
    std::uint64_t failed = 0;     ///< Attempts that came to nothing.
    std::uint64_t lost = 0;       ///< Stood, and ended without our doing.
};

/// Messages, since the start or within an interval.
struct BenchMessages {
    std::uint64_t sent = 0;
    std::uint64_t late = 0;          ///< Of them later than `late_after`.
    std::uint64_t acknowledged = 0;  ///< PUBACK or PUBCOMP without a failing reason.
    std::uint64_t refused = 0;       ///< With one.
    std::uint64_t received = 0;      ///< Each message once for each subscriber.
    std::uint64_t duplicates = 0;    ///< Came again.
    std::uint64_t out_of_order = 0;  ///< Came after a later one of the same publisher.
    std::uint64_t foreign = 0;       ///< Of no publisher of this run.
};

struct BenchInterval {
    std::chrono::milliseconds end{0};  ///< Since the run's start.
    BenchConnections connections;
    BenchMessages messages;
    std::uint64_t standing = 0;  ///< Connections at its end.
    std::chrono::nanoseconds p50{0};
    std::chrono::nanoseconds p99{0};
};

/// One node's share of the connections.
struct BenchNode {
    std::string host;
    std::uint16_t port = 0;
    std::uint64_t clients = 0;    ///< That were connected to it at the end.
    std::uint64_t connected = 0;  ///< As in BenchConnections; so the others.
    std::uint64_t failed = 0;
    std::uint64_t lost = 0;
};

/// How a fleet came back: since the cut, until the share of clients stood again; -1 ns: it did not.
struct BenchStorm {
    std::chrono::nanoseconds p50{-1};
    std::chrono::nanoseconds p90{-1};
    std::chrono::nanoseconds p99{-1};
    std::chrono::nanoseconds all{-1};
    std::uint64_t attempts = 0;
    double handshakes_per_second = 0;                  ///< Connections made, over the time from the first attempt to the last CONNACK.
    std::vector<std::chrono::nanoseconds> recoveries;  ///< One for each client that came back, ascending.
};

struct BenchResult {
    std::uint32_t clients = 0;  ///< That were to connect, peers too.
    std::uint32_t threads = 0;
    BenchConnections connections;
    std::vector<BenchNode> nodes;  ///< In the plan's order.
    BenchMessages messages;
    std::uint64_t expected = 0;              ///< Acknowledgements or receipts, for what was sent.
    std::uint64_t lost = 0;                  ///< Of them what did not come.
    std::uint64_t unsent = 0;                ///< Was due and could not be sent: no connection, or no room in its window.
    std::chrono::nanoseconds connecting{0};  ///< From the first start to the last CONNACK, before the load.
    std::chrono::nanoseconds sending{0};     ///< From the first message's time to the end of the sending.
    BenchTimes tcp;                          ///< From a connection's start to the TCP handshake's end.
    BenchTimes tls_full;                     ///< Of the TLS handshake alone.
    BenchTimes tls_resumed;                  ///< The same, of sessions taken up.
    BenchTimes connect;                      ///< From a connection's start to its CONNACK.
    BenchTimes latency;                      ///< From the time that a message was meant to leave to its acknowledgement or receipt.
    std::optional<BenchStorm> storm;
    std::vector<BenchInterval> intervals;
    std::map<std::string, std::uint64_t> failures;  ///< By reason; the rarer ones of very many as "other".
    std::optional<Error> first_failure;
    std::chrono::nanoseconds cpu{0};  ///< Of this process.
    bool interrupted = false;
};

/// Of a message; with a template of the first client's first one. Fails with Code::invalid_argument as the template does.
[[nodiscard]] Result<std::size_t> bench_payload_size(const BenchPlan& plan);

/// A name of BenchNames for a client: `%i` and the others replaced.
[[nodiscard]] std::string bench_name(std::string_view pattern, std::uint32_t number, std::string_view run_id);

/// The filter that matches a topic pattern's topics for all numbers: `+` for a level with `%i`.
[[nodiscard]] std::string bench_filter(std::string_view pattern, std::string_view run_id);

/// Told of each interval as it ends, on the calling thread.
using BenchProgress = std::function<void(const BenchInterval&)>;

/// Names the first contradiction in a plan. Fails with Code::invalid_argument.
[[nodiscard]] Result<void> check(const BenchPlan& plan);

/// How many files the run has open at once, and makes the process's limit allow them. Fails with Code::io, and a hint how to raise the
/// limit.
[[nodiscard]] Result<void> allow_open_files(const BenchPlan& plan);

/// Runs the plan to its end and says what was measured, whatever was lost on the way. Blocks; setting `stop` ends it early, its result is
/// of what was until then. Fails as `check` and `allow_open_files` do, with Code::not_found if a host or the proxy has no address, with
/// Code::tls if a credential or a trust anchor is unusable, Code::denied if the first key's password or PIN is wrong, as
/// pki::open_key_store() does for a key in a token, and with the first client's failure if no client came to stand. Threads: starts its own
/// and joins them.
[[nodiscard]] Result<BenchResult> run_bench(const BenchPlan& plan, const std::atomic<bool>& stop, const BenchProgress& progress);

}  // namespace muster::fleet

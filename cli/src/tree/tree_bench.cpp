// SPDX-License-Identifier: Apache-2.0
// bench conn, pub, sub, pingpong, fanin, storm.
#include "bench/figures.hpp"
#include "commands/bench.hpp"
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

using bench::BenchOptions;
using fleet::BenchKind;

constexpr double fastest = 10'000'000;

void add_connection_flags(Command& command, BenchOptions& options) {
    command.give_up_short_help();
    command
        .add_option("-h,--host", options.hosts,
                    "mqtt://HOST[:PORT], mqtts://HOST[:PORT], ws:// or wss://HOST[:PORT][/PATH]; HOST alone is plain MQTT. Clients are "
                    "spread over several, also apart by commas, and go on to the next when one is away")
        .required()
        .split_at(',')
        .type_name("URL");
    command.add_option("-p,--port", options.port, "The port, if the URL has none").range(1, 65'535);
    command.add_option("--ws-path", options.ws_path, "Path of ws:// and wss:// (default: /mqtt)");
    command.add_option("--cafile", options.cafile,
                       "PEM file with the CA certificates that vouch for the server (default: the identities', else the system's)");
    command.add_option("--capath", options.capath, "Directory with such, as openssl rehash leaves it; then the identities' do not count")
        .type_name("DIR");
    command
        .add_option("--credentials", options.credentials,
                    "Identity directories of devices, as muster device enroll -f leaves them: each client is one of them")
        .type_name("DIR");
    command.add_option("--cert", options.certificate, "One certificate with its chain, for all clients");
    command
        .add_option("--key", options.key, "Its key: a PEM file of mode 0600, or in a token: pkcs11:token=LABEL?module-path=PATH (RFC 7512)")
        .type_name("FILE|URI");
    command
        .add_option("--key-password-file", options.key_password_file,
                    "File of mode 0600 with the password or PIN of the key, or of each of them")
        .type_name("FILE");
    command
        .add_flag("--insecure-skip-verify", options.insecure_skip_verify,
                  "Take whoever answers for the server; not in a production's context")
        .unsafe();
    command.add_option("--tls-version", options.tls_version, "1.2 or 1.3 and no other").one_of({"1.2", "1.3"});
    command.add_option("--ciphers", options.ciphers, "OpenSSL's names, apart by colons; those that begin with TLS_ are TLS 1.3's");
    command.add_option("--alpn", options.alpn, "Protocol to name within TLS").type_name("NAME");
    command.add_option("--proxy", options.proxy, "HTTP proxy to go through: http://[USER@]HOST:PORT").type_name("URL");
    command.add_option("--proxy-password-file", options.proxy_password_file, "File of mode 0600 with its user's password")
        .type_name("FILE");
    command.add_option("-i,--client-id", options.client_id, "Client ids: %i is the client's number, %r the run id").show_default();
    command.add_option("-u,--username", options.username, "User name; %i and %r as in --client-id");
    command.add_option("--password-file", options.password_file, "File of mode 0600 with its password, or - for stdin").type_name("FILE|-");
    command.add_flag("-P,--ask-password", options.asks_password, "Ask for the password on the terminal: one for all clients");
    command.add_option("-V,--mqtt-version", options.version, "5 or 3.1.1").one_of({"5", "3.1.1"}).show_default();
    command.add_option("-k,--keep-alive", options.keep_alive, "Seconds; 0: none").range(0, 65'535).show_default();
    add_duration(
        command, "--connect-timeout", [&options](auto value) { options.connect_timeout = value; },
        "How long one connection may take (default 10s)");
}

void add_session_flags(Command& command, BenchOptions& options) {
    command.add_flag("--no-clean-start", options.keeps_session, "Take up the clients' sessions, and leave them behind");
    command.add_option("-x,--session-expiry", options.session_expiry, "Seconds that sessions are kept; 4294967295: for ever");
    command.add_option("--receive-maximum", options.receive_maximum, "Unacknowledged messages that the broker may send a client")
        .range(1, 65'535);
    command.add_option("--max-packet-size", options.max_packet_size, "Bytes of the largest packet that the broker may send")
        .range(1, 268'435'460);
    command.add_option("--topic-alias-maximum", options.topic_alias_maximum, "How many topic aliases the broker may use for a client");
    command
        .add_option("-D,--property", options.properties,
                    "PACKET NAME VALUE: a property of MQTT 5 of every connect, publish, subscribe or will, for example publish "
                    "content-type text/plain")
        .type_name("PROPERTY");
    command.add_option("--will-topic", options.will_topic,
                       "Topic of what the broker publishes when a client is cut off, as all are at the end: %i and %r as in --client-id");
    command.add_option("--will-payload", options.will_payload, "Its payload; %i and %r as in --client-id");
    command.add_option("--will-qos", options.will_qos, "Its QoS").range(0, 2);
    command.add_flag("--will-retain", options.will_retain, "Keep it as the topic's last value");
    add_duration(
        command, "--will-delay", [&options](auto value) { options.will_delay = value; }, "How long the broker waits with it");
}

// The figures, each with the comparison that is mostly meant.
std::vector<std::string> beginnings_of_assertions() {
    std::vector<std::string> beginnings;
    for (const auto& figure : bench::figure_names()) {
        const bool is_time = figure.unit == bench::Unit::milliseconds;
        beginnings.push_back(figure.name + (is_time ? "<=" : figure.unit == bench::Unit::per_second ? ">=" : "=="));
    }
    return beginnings;
}

void add_run_flags(Command& command, BenchOptions& options) {
    command.add_option("-c,--clients", options.clients, "How many").range(1, 1'000'000).show_default();
    command.add_option("-R,--connect-rate", options.connect_rate, "Connections begun in a second; 0: as fast as they go")
        .number_range(0, fastest)
        .type_name("N");
    command.add_option("--connecting", options.connecting_at_once, "How many may be on their way to a CONNACK at once")
        .range(1, 1'000'000)
        .show_default();
    command.add_option("--run-id", options.run_id, "Is in every client id, so that two runs do not collide (default: random)");
    command.add_option("--threads", options.threads, "Threads, each with an epoll loop (default: one for each core)").range(0, 256);
    add_duration(
        command, "--report-interval", [&options](auto value) { options.report_interval = value; },
        "How often what happened since is told (default 1s)");
    command
        .add_option("--assert", options.assertions,
                    "FIGURE<BOUND, for example p99<50ms or lost==0, as often as needed; exit code 13 if it does not hold")
        .propose(beginnings_of_assertions())
        .type_name("TEXT");
    command.add_option("--report", options.report, "Write a page with plots").type_name("HTML");
    command
        .add_option("--hdr-out", options.hdr_out,
                    "Write the latencies' distribution (of conn and storm: the connect times') as plotters of HdrHistogram read it")
        .type_name("FILE");
    command.add_option("--compare", options.compare, "An older result (-o json): ratios to it stand beside the figures").type_name("JSON");
}

void add_message_flags(Command& command, BenchOptions& options) {
    add_duration(
        command, "--duration", [&options](auto value) { options.duration = value; },
        "How long messages are sent, after the warm-up (default 30s)");
    add_duration(
        command, "--warmup", [&options](auto value) { options.warm_up = value; },
        "Before it: its messages count as sent and received, their latencies do not (default none)");
    command.add_option("--messages", options.messages, "Stop after so many of each publisher; 0: no limit");
    command.add_option("--limit", options.limit, "Stop after so many of all together; 0: no limit");
    command.add_option("--payload-size", options.payload_size, "Bytes, at least 32: they begin with the message's number (default 64)")
        .type_name("BYTES");
    command.add_option("--payload-file", options.payload_file, "What follows the 32 bytes that number a message, instead");
    command
        .add_option(
            "--template", options.payload_template,
            "All of the payload, filled in: %i the client's number, %c its id, %r the run id, %n the message's number, %t its time in ms "
            "since 1970, %d and %x random digits, %s what a receiver of the run needs, %% a percent sign")
        .type_name("FILE");
    command.add_option("-q,--qos", options.qos, "0, 1 or 2, of messages and subscriptions").range(0, 2).show_default();
    command.add_flag(
        "--precise", options.precise,
        "Send each message within 0.1 ms of its time and look at each answer when it comes, also above 4 000 messages a second");
    command.add_option("--in-flight", options.in_flight, "Unacknowledged messages of a client, fewer if the broker takes fewer")
        .range(1, 65'535)
        .show_default();
}

void add_peer_flags(Command& command, BenchOptions& options, const char* count_flag, const char* count, const char* topic_flag,
                    const char* topic) {
    command.add_option(count_flag, options.peers, count).range(1, 1'000'000).show_default();
    command.add_option(topic_flag, options.peer_topic, topic);
    command.add_option("--peer-username", options.peer_username, "Their user name (default: --username)");
    command.add_option("--peer-password-file", options.peer_password_file,
                       "File of mode 0600 with its password (default: --password-file)");
}

void add_rate(Command& command, BenchOptions& options, const char* what) {
    command.add_option("-r,--rate", options.rate, what).number_range(0, fastest).type_name("N");
}

void add_topic(Command& command, BenchOptions& options, const char* what) {
    command.add_option("-t,--topic", options.topic, what);
}

constexpr const char* one_each =
    "Messages a second of all clients together, each at its time, whatever became of those before (default: one for each client)";
constexpr const char* own_topic = "Each client's topic: %i is its number, %r the run id (default bench/%i)";

using AddFlags = void (*)(Command&, BenchOptions&);

void add_kind(Command& group, BenchKind kind, const char* what, AddFlags add_flags, const char* notes, const char* examples) {
    add_command<BenchOptions>(group, bench::name_of(kind), what, [&](Command& command, BenchOptions& options) {
        command.has_no_dry_run();
        options.kind = kind;
        add_connection_flags(command, options);
        add_session_flags(command, options);
        add_run_flags(command, options);
        add_flags(command, options);
        command.notes(notes);
        command.examples(examples);
    });
}

void add_conn(Command& command, BenchOptions& options) {
    command.add_flag("--resume", options.resume, "Cut all off once they stand, and connect again with the TLS sessions that they had");
    add_duration(
        command, "--duration", [&options](auto value) { options.duration = value; },
        "How long they stay connected then (default: not at all)");
}

void add_pub(Command& command, BenchOptions& options) {
    add_message_flags(command, options);
    add_rate(command, options, one_each);
    add_topic(command, options, own_topic);
}

void add_sub(Command& command, BenchOptions& options) {
    add_message_flags(command, options);
    add_rate(command, options, "Messages a second of publishers of this run (default 0: whatever comes from elsewhere is counted)");
    add_topic(command, options, "Each client's topic filter: %i is its number, %r the run id (default bench/#)");
    add_peer_flags(command, options, "--publishers", "How many, if there is a --rate", "--publish-topic",
                   "Their topics (default bench/%i)");
}

void add_fanin(Command& command, BenchOptions& options) {
    add_message_flags(command, options);
    add_rate(command, options, one_each);
    add_topic(command, options, own_topic);
    add_peer_flags(command, options, "--subscribers", "How many get all of it", "--filter",
                   "What they subscribe to (default: the topics, + for %i)");
}

void add_storm(Command& command, BenchOptions& options) {
    command.add_flag("--no-jitter", options.no_jitter, "All come back at once, and after failures at the same times");
    command.add_flag(
        "--jitter", [&options](bool given) { options.no_jitter = !given; },
        "They come back by the SDK's rule: every delay is drawn (default)");
    add_duration(
        command, "--spread", [&options](auto value) { options.spread = value; },
        "Over which first attempts are drawn; later delays begin at a third of it and end at ten times it (default 30s)");
    command.add_flag("--resume", options.resume, "With the TLS sessions that they had");
    add_duration(
        command, "--duration", [&options](auto value) { options.duration = value; }, "How long their return is waited for (default 5m)");
}

}  // namespace

void add_bench_commands(Command& app) {
    Command* group = add_group(app, "bench", "Load a broker and measure what it does");
    group->examples("muster bench pub -h mqtt://127.0.0.1:1883 -c 100 -r 5000 --duration 1m --assert 'p99<50ms'");
    add_kind(*group, BenchKind::conn, "Connect clients: how fast, and how long each connection takes", &add_conn, "",
             "muster bench conn -h mqtts://127.0.0.1:8883 --credentials identities -c 1000 -R 200 --resume");
    add_kind(*group, BenchKind::pub, "Publish: latency from the time a message was meant to leave to its acknowledgement", &add_pub, "",
             "muster bench pub -h mqtt://127.0.0.1:1883 -c 100 -r 5000 --duration 1m --assert 'p99<50ms' --assert 'lost==0'");
    add_kind(*group, BenchKind::sub, "Subscribe: count what comes, from publishers of this run or from elsewhere", &add_sub, "",
             "muster bench sub -h mqtt://127.0.0.1:1883 -c 1000 -t bench/# -r 10");
    add_kind(*group, BenchKind::pingpong, "Each client publishes to a topic that it subscribes to: latency from end to end", &add_pub, "",
             "muster bench pingpong -h mqtt://127.0.0.1:1883 -c 200 -r 2000 --duration 30s --assert 'p99<50ms'");
    add_kind(*group, BenchKind::fanin, "Many clients publish, one subscriber gets all of it: latency from end to end", &add_fanin,
             "Behind the bundled broker's isolation devices publish and an application subscribes: --filter '+/bench/+' --peer-username "
             "TENANT/USER.",
             "muster bench fanin -h mqtt://127.0.0.1:1883 -c 1000 -r 5000 --report fanin.html");
    add_kind(*group, BenchKind::storm, "Cut all clients off at once: how long until they are back", &add_storm, "",
             "muster bench storm -h mqtts://127.0.0.1:8883 --credentials identities -c 1000 --spread 10s --assert 'recovered.p99<30s'");
}

}  // namespace muster::cli

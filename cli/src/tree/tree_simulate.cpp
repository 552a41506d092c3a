// SPDX-License-Identifier: Apache-2.0
// simulate.
#include "commands/simulate.hpp"
#include "simulate/builtin.hpp"
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

using simulate::SimulateOptions;

constexpr const char* what_to_do = "what to do";

std::vector<std::string> names_of_scenarios() {
    std::vector<std::string> names;
    for (const auto& scenario : simulate::builtin_scenarios()) names.emplace_back(scenario.name);
    return names;
}

void add_scenario_flags(Command& command, SimulateOptions& options) {
    const auto names = names_of_scenarios();
    command.add_option("--scenario", options.scenario, "A scenario file, or the name of one that comes with muster")
        .type_name("FILE|NAME")
        .propose(names)
        .in_group(what_to_do);
    command.add_flag("--list", options.list, "Show the scenarios that come with muster").in_group(what_to_do);
    command.add_option("--print", options.print, "Print one of them, to copy and edit")
        .type_name("NAME")
        .propose(names)
        .in_group(what_to_do);
    command.add_option("-c,--clients", options.devices, "How many devices (default: as the scenario says)").range(1, 1'000'000);
    add_duration(
        command, "--duration", [&options](auto value) { options.duration = value; },
        "How long sensors give readings (default: as the scenario says)");
    add_wait(
        command, "--drain", [&options](auto value) { options.drain = value; },
        "How long what waits at the end is waited for; 0s: it is told as waiting (default: as the scenario says)");
    command
        .add_option("--state", options.state,
                    "Keep the outboxes of full devices there, also through kill -9: a later run with it goes on with what waits")
        .type_name("DIR");
    command.add_option("--seed", options.seed,
                       "What all draws depend on: schedules, values, who is cut off (default: as the scenario says)");
}

void add_connection_flags(Command& command, SimulateOptions& options) {
    command.give_up_short_help();
    command
        .add_option("-h,--host", options.hosts,
                    "HOST[:PORT], or a URL: mqtts://, wss://, and to loopback mqtt://, ws://. Devices are spread over several, also apart "
                    "by commas, and go on to the next when one is away")
        .split_at(',')
        .type_name("HOST|URL");
    command.add_option("-p,--port", options.port, "The port, if the URL has none").range(1, 65'535);
    command.add_option("--ws-path", options.ws_path, "Path of WebSocket, where the URL has none (default /mqtt)").type_name("PATH");
    command.add_option("--proxy", options.proxy, "HTTP proxy to go through: http://[USER@]HOST:PORT").type_name("URL");
    command.add_option("--proxy-password-file", options.proxy_password_file, "File of mode 0600 with its user's password")
        .type_name("FILE");
    command.add_option("-V,--mqtt-version", options.version, "5 or 3.1.1 (default: as the scenario says, else 5)").one_of({"5", "3.1.1"});
    command.add_option("-k,--keep-alive", options.keep_alive, "Seconds (default: as the scenario says, else 60)").range(1, 65'535);
    add_duration(
        command, "--connect-timeout", [&options](auto value) { options.connect_timeout = value; },
        "How long one connection may take (default: as the scenario says, else 10s)");
    command.add_option("--retries", options.retries,
                       "Before anything is started the first device is to be let in: how often that is tried again, else the run fails "
                       "(default: nobody waits for it). Once they run, devices connect again for ever");
    add_duration(
        command, "--retry-delay", [&options](auto value) { options.retry_delay = value; }, "How long to wait before that (default 1s)");
    command.add_option("--cafile", options.cafile,
                       "PEM file with the CA certificates that vouch for the server (default: the identities')");
    command.add_option("--capath", options.capath, "Directory with such, as openssl rehash leaves it; then the identities' do not count")
        .type_name("DIR");
    command
        .add_option("--credentials", options.credentials,
                    "Identity directories of devices, as muster device enroll -f leaves them: each device is one of them")
        .type_name("DIR");
    command.add_option("--cert", options.certificate, "One certificate with its chain, for all devices")
        .type_name("FILE")
        .gives_way_to("credentials");
    command
        .add_option("--key", options.key, "Its key: a PEM file of mode 0600, or in a token: pkcs11:token=LABEL?module-path=PATH (RFC 7512)")
        .type_name("FILE|URI")
        .gives_way_to("credentials");
    command
        .add_option("--key-password-file", options.key_password_file,
                    "File of mode 0600 with the password or PIN of the key, or of each of them")
        .type_name("FILE");
    command
        .add_flag("--insecure-skip-verify", options.insecure_skip_verify,
                  "Light devices take whoever answers for the server; not in a production's context")
        .unsafe();
    command.add_option("--tls-version", options.tls_version, "Of light devices: 1.2 or 1.3 and no other").one_of({"1.2", "1.3"});
    command.add_option("--ciphers", options.ciphers,
                       "Of light devices: OpenSSL's names, apart by colons; those that begin with TLS_ are TLS 1.3's");
    command.add_option("--alpn", options.alpn, "Of light devices: protocol to name within TLS").type_name("NAME");
    command.add_option("-i,--client-id", options.client_id,
                       "Client ids without them: %i is the device's number, %g its group, %r the run id (default sim-%r-%i, with groups "
                       "sim-%r-%g-%i)");
    command.add_option("-u,--username", options.username, "User name; %i, %g and %r as in --client-id");
    command.add_option("--password-file", options.password_file, "File of mode 0600 with its password");
    command.add_flag("-P,--ask-password", options.asks_password, "Ask for the password on the terminal: one for all devices");
    command.add_option("--run-id", options.run_id, "Tells this run's clients from another's (default: random)");
}

void add_session_flags(Command& command, SimulateOptions& options) {
    command.add_flag("--no-clean-start", options.keeps_session, "Take up the devices' sessions, and leave them behind");
    command
        .add_option("-x,--session-expiry", options.session_expiry,
                    "Seconds that sessions are kept and taken up again; 0: not at all (default: as the scenario says)")
        .range(0, INT32_MAX);
    command
        .add_option("--receive-maximum", options.receive_maximum,
                    "Of light devices: unacknowledged messages that the broker may send one of them")
        .range(1, 65'535);
    command.add_option("--max-packet-size", options.max_packet_size, "Of light devices: bytes of the largest packet that it may send")
        .range(1, 268'435'460);
    command.add_option("--topic-alias-maximum", options.topic_alias_maximum,
                       "Of light devices: how many topic aliases it may use for one of them");
    command
        .add_option("-D,--property", options.properties,
                    "Of light devices: PACKET NAME VALUE, a property of MQTT 5 of every connect, publish, disconnect or will, for example "
                    "publish content-type text/plain")
        .type_name("PROPERTY");
    command.add_option("--will-topic", options.will_topic,
                       "Topic of what the broker publishes when a device's connection is lost; behind the scenario's topic_root");
    command.add_option("--will-payload", options.will_payload, "Its payload");
    command.add_option("--will-qos", options.will_qos, "Its QoS").range(0, 2);
    command.add_flag("--will-retain", options.will_retain, "Keep it as the topic's last value");
    add_duration(
        command, "--will-delay", [&options](auto value) { options.will_delay = value; },
        "How long the broker waits with it, at most as long as it keeps the session");
}

void add_observer_flags(Command& command, SimulateOptions& options) {
    command.add_flag("--observe", options.observe, "Subscribe to all that the fleet publishes, and account for what came");
    command.add_option("--observe-username", options.observe_username, "As which user, such as TENANT/USER; implies --observe");
    command.add_option("--observe-password-file", options.observe_password_file, "File of mode 0600 with its password");
    command
        .add_option("--observe-identity", options.observe_identity,
                    "Or by the certificate in this identity directory (default: by that of --cert)")
        .type_name("DIR");
    command.add_option("--observe-prefix", options.observe_prefix,
                       "What it sees before a device's own topic (default: topic_root of the scenario, else {client_id}/)");
}

void add_report_flags(Command& command, SimulateOptions& options) {
    command
        .add_option("--assert", options.assertions,
                    "FIGURE<BOUND, for example waiting==0 or duplicates<10, as often as needed; exit code 13 if it does not hold")
        .type_name("TEXT");
    add_duration(
        command, "--report-interval", [&options](auto value) { options.report_interval = value; },
        "How often the state of things is told (default 1s)");
}

}  // namespace

void add_simulate_command(Command& app) {
    add_command<SimulateOptions>(
        app, "simulate", "Be a fleet of devices, and account for every reading", [](Command& command, SimulateOptions& options) {
            command.has_no_dry_run();
            add_scenario_flags(command, options);
            add_connection_flags(command, options);
            add_session_flags(command, options);
            add_observer_flags(command, options);
            add_report_flags(command, options);
            command.notes(
                "Ends with the account: carried over + accepted = delivered + dropped + quarantined + waiting, and, if observed, what came "
                "of it. Exit code 13 if it does not add up. Ctrl-C stops the sensors and sends what waits; a second one stops at once. "
                "What is said of light devices is refused where one is full, also in a group: that one is the SDK itself, which has no "
                "setting for it.");
            command.examples(
                "muster simulate --list\n"
                "muster simulate --print steady > my-scenario.toml\n"
                "muster simulate -h mqtts://127.0.0.1:8883 --scenario my-scenario.toml --credentials identities -c 100 --duration 1m");
        });
}

}  // namespace muster::cli

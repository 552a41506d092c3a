// SPDX-License-Identifier: Apache-2.0
// The flags of pub and sub, with mosquitto's short names.
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

// -h with a value is the host, as MQTT tools have it; the help flag is --help alone here.
void add_connection(Command& command, ConnectionOptions& options) {
    command.give_up_short_help();
    command.add_option("-h,--host", options.hosts, "mqtts://HOST[:PORT] or mqtt://HOST[:PORT] (loopback only); repeat for more nodes")
        .required()
        .type_name("URL");
    command.add_option("--identity", options.identity, "Identity directory of a device: key, certificate, chain, trust anchors");
    command.add_option("--cafile", options.cafile, "PEM file with the CA certificates that vouch for the server");
    command.add_option("-i,--client-id", options.client_id, "MQTT client id (default: the certificate's CN, else a UUID)");
    command.add_option("-u,--username", options.username, "User name of an application: TENANT/USER");
    command.add_option("--key-password-file", options.key_password_file,
                       "File of mode 0600 with the password or PIN of the identity's key");
    command.add_option("--password-file", options.password_file, "File of mode 0600 with its password");
    add_duration(
        command, "--connect-timeout", [&options](auto value) { options.connect_timeout = value; },
        "How long to wait for the broker (default 10s)");
}

}  // namespace

void add_mqtt_commands(Command& app) {
    add_command<PubOptions>(
        app, "pub", "Publish messages; returns once the broker has acknowledged them",
        [](Command& command, PubOptions& options) {
            command.mutates();
            add_connection(command, options.connection);
            command.add_option("-t,--topic", options.topic, "The topic").required();
            command.add_option("-m,--message", options.message, "The payload (a leading dash needs --message=-x)").in_group("message");
            command.add_option("-f,--file", options.file, "A file as one payload; - is stdin").in_group("message");
            command.add_flag("-l,--stdin-line", options.lines, "Each line of stdin is a message").in_group("message");
            command.add_option("-q,--qos", options.qos, "0, 1 or 2, where the broker has it").range(0, 2).show_default();
            command.add_flag("-r,--retain", options.retain, "Keep as the topic's last value");
            command.add_option("--queue", options.queue, "Outbox database: what the broker does not take now waits there for the next run");
            command.examples("muster pub -h mqtts://127.0.0.1:8883 --identity press-01 -t telemetry/hello -m hello");
        },
        &run_pub);
    add_command<SubOptions>(
        app, "sub", "Print messages as they arrive, one a line",
        [](Command& command, SubOptions& options) {
            add_connection(command, options.connection);
            command.add_option("-t,--topic", options.topics, "Topic filter; repeat for more").required();
            command.add_option("-q,--qos", options.qos, "0, 1 or 2, where the broker has it").range(0, 2).show_default();
            command.add_option("-C,--count", options.count, "Stop after this many messages");
            add_duration(
                command, "-W,--wait", [&options](auto value) { options.wait = value; },
                "Stop after this long; an error if fewer than --count came");
            command.add_flag("-v,--print-topic", options.prints_topic, "Print the topic before the payload");
            command.examples(
                "muster sub -h mqtts://127.0.0.1:8883 --cafile ca.pem -u acme/dashboard --password-file dashboard.password \\\n"
                "    -t '+/telemetry/#' -v");
        },
        &run_sub);
}

}  // namespace muster::cli

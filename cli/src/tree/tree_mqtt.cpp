// SPDX-License-Identifier: Apache-2.0
// The flags of pub, sub and rr, with mosquitto's short names.
#include "messages/options.hpp"
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

// -h with a value is the host, as MQTT tools have it; the help flag is --help alone here.
void add_broker_flags(Command& command, ConnectionOptions& options) {
    command.give_up_short_help();
    command
        .add_option("-h,--host", options.hosts,
                    "HOST[:PORT], or a URL: mqtts://, mqtt://, wss://, ws://; several, also apart by commas, are tried in turn")
        .required()
        .split_at(',')
        .type_name("HOST|URL");
    command.add_option("-p,--port", options.port, "The port, where the host names none (8883 means TLS)").range(1, 65'535);
    command.add_flag("--allow-plaintext", options.allow_plaintext, "Do without TLS to other machines, too");
    command.add_option("-V,--mqtt-version", options.version, "5 or 3.1.1").one_of({"5", "3.1.1"}).show_default();
    command.add_option("-i,--client-id", options.client_id, "MQTT client id (default: the certificate's CN, else a UUID)");
    command.add_option("-u,--username", options.username, "User name; an application's is TENANT/USER").gives_way_to("identity");
    command.add_option("--password-file", options.password_file, "File of mode 0600 with its password, or - for stdin")
        .type_name("FILE|-")
        .gives_way_to("identity");
    command.add_flag("-P,--ask-password", options.asks_password, "Ask for the password on the terminal");
    command.add_option("-k,--keep-alive", options.keep_alive, "Seconds; 0: none").range(0, 65'535).show_default();
    command.add_flag("-c,--no-clean-start", options.keeps_session, "Take up the client's session, and leave it behind");
    command.add_option("-x,--session-expiry", options.session_expiry, "Seconds that the session is kept; 4294967295: for ever");
    add_duration(
        command, "--connect-timeout", [&options](auto value) { options.connect_timeout = value; },
        "How long to wait for the broker (default 10s)");
    command.add_option("--retries", options.retries, "How often a connection that fails is tried again").show_default();
    add_duration(
        command, "--retry-delay", [&options](auto value) { options.retry_delay = value; }, "How long to wait before that (default 1s)");
    command.add_option("--receive-maximum", options.receive_maximum, "Unacknowledged messages that the broker may send").range(1, 65'535);
    command.add_option("--max-packet-size", options.max_packet_size, "Bytes of the largest packet that the broker may send")
        .range(1, 268'435'460);
    command.add_option("--topic-alias-maximum", options.topic_alias_maximum, "How many topic aliases the broker may use");
    command
        .add_option(
            "-D,--property", options.properties,
            "PACKET NAME VALUE: a property of MQTT 5, for example publish content-type text/plain, or publish user-property NAME VALUE")
        .type_name("PROPERTY");
}

void add_way_flags(Command& command, ConnectionOptions& options) {
    command.add_option("--identity", options.identity, "Identity directory of a device: key, certificate, chain, trust anchors")
        .type_name("DIR");
    command.add_option("--cafile", options.cafile, "PEM file with the CA certificates that vouch for the server").type_name("FILE");
    command.add_option("--capath", options.capath, "Directory with such, as openssl rehash leaves it").type_name("DIR");
    command.add_option("--cert", options.certificate, "PEM file with our certificate, and its issuers behind it").type_name("FILE");
    command
        .add_option("--key", options.key, "Its key: a PEM file of mode 0600, or in a token: pkcs11:token=LABEL?module-path=PATH (RFC 7512)")
        .type_name("FILE|URI");
    command.add_option("--key-password-file", options.key_password_file, "File of mode 0600 with the password or PIN of the key")
        .type_name("FILE");
    command
        .add_flag("--insecure-skip-verify", options.insecure_skip_verify,
                  "Take whoever answers for the server; not in a production's context")
        .unsafe();
    command.add_option("--tls-version", options.tls_version, "1.2 or 1.3 and no other").one_of({"1.2", "1.3"});
    command.add_option("--ciphers", options.ciphers, "OpenSSL's names, apart by colons; those that begin with TLS_ are TLS 1.3's");
    command.add_option("--alpn", options.alpn, "Protocol to name within TLS").type_name("NAME");
    command
        .add_option("--tls-session-file", options.tls_session_file,
                    "Where the TLS session is kept, and taken up by the next run towards the same server")
        .type_name("FILE");
    command.add_option("--ws-path", options.ws_path, "Path of WebSocket, where the URL has none (default /mqtt)").type_name("PATH");
    command.add_option("--proxy", options.proxy, "HTTP proxy to go through: http://[USER@]HOST:PORT").type_name("URL");
    command.add_option("--proxy-password-file", options.proxy_password_file, "File of mode 0600 with its user's password")
        .type_name("FILE");
}

void add_will_flags(Command& command, ConnectionOptions& options) {
    command.add_option("--will-topic", options.will_topic, "Topic of what the broker publishes when the connection is lost");
    command.add_option("--will-payload", options.will_payload, "Its payload");
    command.add_option("--will-qos", options.will_qos, "Its QoS").range(0, 2);
    command.add_flag("--will-retain", options.will_retain, "Keep it as the topic's last value");
    add_duration(
        command, "--will-delay", [&options](auto value) { options.will_delay = value; }, "How long the broker waits with it");
}

void add_connection(Command& command, ConnectionOptions& options) {
    add_broker_flags(command, options);
    add_way_flags(command, options);
    add_will_flags(command, options);
}

void add_print_flags(Command& command, PrintOptions& options) {
    command.add_flag("-v,--print-topic", options.topic, "Print the topic before the payload");
    command
        .add_option("-F,--format", options.format,
                    "As mosquitto_sub: %t topic, %p payload, %x in hexadecimal, %q QoS, %r retained, %l length, %j all as JSON, %I and %U "
                    "time, @Y the year, as strftime (muster help formats)")
        .type_name("TEXT");
    command.add_flag("-N,--no-newline", options.no_newline, "No line's end behind a message");
    command.add_flag("--hex", options.hex, "Payloads in hexadecimal");
    command.add_flag("--base64", options.base64, "Payloads in Base64");
    command.add_choice("--decode", options.decoding,
                       {{"auto", Decoding::automatic}, {"json", Decoding::json}, {"cbor", Decoding::cbor}, {"proto", Decoding::protobuf}},
                       "Take readings out of their batches: one line or record for each");
    command.add_option("--output-file", options.output_file, "Where they are printed instead of stdout; what it had is lost")
        .type_name("FILE");
}

void add_payload_flags(Command& command, PubOptions& options) {
    command.add_option("-t,--topic", options.topic, "The topic").required();
    command.add_option("-m,--message", options.message, "The payload (a leading dash needs --message=-x)").in_group("message");
    command.add_option("-f,--file", options.file, "A file as one payload; - is stdin").in_group("message").type_name("FILE|-");
    command.add_flag("-s,--stdin-file", options.whole_input, "All of stdin as one payload").in_group("message");
    command.add_flag("-n,--null-message", options.is_null, "No payload").in_group("message");
}

void add_proto_flags(Command& command, ProtoOptions& options, const char* what) {
    command.add_option("--proto", options.file, what).type_name("FILE");
    command.add_option("--message-type", options.message_type, "That type: PACKAGE.NAME").type_name("TYPE");
    command.add_option("--proto-path", options.import_paths, "Another directory where its imports are; repeat for more").type_name("DIR");
}

void add_rr(Command& app) {
    add_command<RrOptions>(app, "rr", "Publish a request and print the answers to it", [](Command& command, RrOptions& options) {
        command.mutates();
        add_connection(command, options.request.connection);
        add_payload_flags(command, options.request);
        command.add_option("-e,--response-topic", options.response_topic, "Where the answers are to go").required().type_name("TOPIC");
        command.add_option("-q,--qos", options.request.qos, "0, 1 or 2, of request and answers").range(0, 2).show_default();
        command.add_option("-C,--count", options.count, "How many answers").range(1, 1'000'000'000).show_default();
        add_duration(
            command, "-W,--wait", [&options](auto value) { options.wait = value; }, "How long they are waited for (default 10s)");
        add_print_flags(command, options.print);
        add_proto_flags(command, options.request.proto,
                        "The request is JSON, and is published as a Protobuf type of this .proto file; answers are printed as JSON");
        command
            .add_option("--response-type", options.response_type,
                        "The answers' type (default: --message-type, which without this is the type of both)")
            .type_name("TYPE");
        command.notes(
            "The request has MQTT 5's response topic and correlation data (random, or by -D publish correlation-data); an answer is a "
            "message with the same correlation data. MQTT 3.1.1 has neither. With --response-type and no "
            "--message-type the request is sent as it is.");
        command.examples(
            "muster rr -h mqtts://127.0.0.1:8883 --cafile ca.pem -u acme/dashboard --password-file dashboard.password \\\n"
            "    -t press-01/command/valve -e press-01/answer/1 -m open\n"
            "muster rr -h mqtts://127.0.0.1:8883 --cafile ca.pem -u acme/dashboard --password-file dashboard.password \\\n"
            "    -t press-01/recipes/get -e press-01/answer/1 -m '{\"number\":7}' \\\n"
            "    --proto recipes.proto --message-type acme.Question --response-type acme.Recipe");
    });
}

}  // namespace

void add_mqtt_commands(Command& app) {
    add_command<PubOptions>(
        app, "pub", "Publish messages; returns once the broker has acknowledged them", [](Command& command, PubOptions& options) {
            command.alias("publish");
            command.mutates();
            add_connection(command, options.connection);
            add_payload_flags(command, options);
            command.add_flag("-l,--stdin-line", options.lines, "Each line of stdin is a message").in_group("message");
            add_proto_flags(command, options.proto, "Messages are JSON, and are published as a Protobuf type of this .proto file");
            command.add_option("-q,--qos", options.qos, "0, 1 or 2, where the broker has it").range(0, 2).show_default();
            command.add_flag("-r,--retain", options.retain, "Keep as the topic's last value");
            command.add_option("--repeat", options.repeat, "Publish so often").range(1, 1'000'000'000).show_default();
            add_duration(
                command, "--repeat-delay", [&options](auto value) { options.repeat_delay = value; }, "From one to the next (default none)");
            command.add_option("--queue", options.queue, "Outbox database: what the broker does not take now waits there for the next run");
            command.examples("muster pub -h mqtts://127.0.0.1:8883 --identity press-01 -t telemetry/hello -m hello");
        });
    add_command<SubOptions>(app, "sub", "Print messages as they arrive, one a line", [](Command& command, SubOptions& options) {
        command.alias("subscribe");
        add_connection(command, options.connection);
        command.add_option("-t,--topic", options.topics, "Topic filter; repeat for more").required();
        command.add_option("-q,--qos", options.qos, "0, 1 or 2, where the broker has it").range(0, 2).show_default();
        command.add_option("-C,--count", options.count, "Stop after this many messages").range(1, 1'000'000'000);
        add_duration(
            command, "-W,--wait", [&options](auto value) { options.wait = value; },
            "Stop after this long; an error if fewer than --count came");
        command.add_option("-T,--filter-out", options.excluded, "Topic filter of what is not printed; repeat for more");
        command.add_flag("-R,--no-retained", options.no_retained, "Nothing that topics retain");
        command.add_flag("--retained-only", options.retained_only, "What topics retain, and stop at the first that is new");
        add_print_flags(command, options.print);
        add_proto_flags(command, options.print.proto, "Print payloads, of a Protobuf type of this .proto file, as JSON");
        command.examples(
            "muster sub -h mqtts://127.0.0.1:8883 --cafile ca.pem -u acme/dashboard --password-file dashboard.password \\\n"
            "    -t '+/telemetry/#' -v");
    });
    add_rr(app);
}

}  // namespace muster::cli

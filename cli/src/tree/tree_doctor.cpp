// SPDX-License-Identifier: Apache-2.0
// doctor: whom it examines, and which checks are made.
#include "commands/doctor.hpp"
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

using doctor::DoctorOptions;

void add_identity_flags(Command& command, DoctorOptions& options) {
    command.add_option("TARGET", options.target,
                       "An identity directory, or a device's id: a directory of that name here or in --credentials");
    command.add_option("--identity", options.identity, "Identity directory of the device: key, certificate, chain, trust anchors");
    command.add_option("--credentials", options.credentials, "Where identity directories are, one for each device").type_name("DIR");
    command.add_option("--device-config", options.device_config, "The device's own configuration, in JSON: gives what no flag gives")
        .type_name("FILE");
    command.add_option("--cert", options.certificate, "Instead of a directory: the certificate with its chain");
    command.add_option("--key", options.key, "Its key: a file of mode 0600, or in a token: pkcs11:token=LABEL?module-path=PATH (RFC 7512)")
        .type_name("FILE|URI");
    command.add_option("--cafile", options.cafile, "PEM file with the CA certificates that vouch for the server (default: the identity's)");
    command
        .add_option("--capath", options.capath,
                    "Directory with such, as openssl rehash leaves it; then an identity's own count for it alone")
        .type_name("DIR");
    command.add_option("--key-password-file", options.key_password_file, "File of mode 0600 with the password or PIN of the key");
    command.add_option("-i,--client-id", options.client_id, "MQTT client id (default: the certificate's CN, else a random one)");
    command.add_option("-u,--username", options.username, "User name");
    command.add_option("--password-file", options.password_file, "File of mode 0600 with its password");
}

void add_network_flags(Command& command, DoctorOptions& options) {
    command.give_up_short_help();
    command
        .add_option("-h,--host", options.hosts,
                    "HOST[:PORT], or a URL: mqtts://, mqtt://, wss://, ws://; several, also apart by commas, are all tried. HOST alone is "
                    "mqtts:// if a certificate or a CA is named")
        .split_at(',')
        .type_name("HOST|URL");
    command.add_option("-p,--port", options.port, "The port, if the URL has none").range(1, 65'535);
    command.add_option("--ws-path", options.ws_path, "Path of WebSocket, where the URL has none (default /mqtt)").type_name("PATH");
    command.add_option("--tls-version", options.tls_version, "1.2 or 1.3 and no other").one_of({"1.2", "1.3"});
    command.add_option("--ciphers", options.ciphers, "OpenSSL's names, apart by colons; those that begin with TLS_ are TLS 1.3's");
    command.add_option("--alpn", options.alpn, "Protocol to name within TLS").type_name("NAME");
    command.add_option("--proxy", options.proxy, "HTTP proxy to go through: http://[USER@]HOST:PORT").type_name("URL");
    command.add_option("--proxy-password-file", options.proxy_password_file, "File of mode 0600 with its user's password")
        .type_name("FILE");
    command.add_option("-V,--mqtt-version", options.version, "5 or 3.1.1").one_of({"5", "3.1.1"}).show_default();
    add_duration(
        command, "--connect-timeout", [&options](auto value) { options.connect_timeout = value; },
        "How long each step may take (default 10s)");
    command.add_option("--probe-topic", options.topic, "Below which test messages are sent").show_default();
    command.add_option("--peer", options.peer, "Identity directory of another device, whose messages this one must not see")
        .type_name("DIR");
    command.add_flag("--broker", options.broker, "Tell the broker's limits, too");
    command.add_option("--est-url", options.est_url, "EST server: https://HOST:PORT/.well-known/est[/TENANT]").type_name("URL");
}

}  // namespace

void add_doctor_command(Command& root) {
    add_command<DoctorOptions>(
        root, "doctor", "Check a device's set-up, from its files to its queue: what is wrong, and what mends it",
        [](Command& command, DoctorOptions& options) {
            command.examines_settings();
            add_identity_flags(command, options);
            add_network_flags(command, options);
            command.add_option("--queue", options.queue, "The device's outbox database, there or yet to be made").type_name("FILE");
            command.add_option("--bundle", options.bundle, "Write what was found to a .tar.gz for others: no keys, no passwords")
                .type_name("FILE");
            command.add_option("--only", options.only, "Only these checks, and those that they need")
                .split_at(',')
                .one_of(doctor::check_names())
                .type_name("CHECK");
            command.add_option("--skip", options.skip, "All checks but these")
                .split_at(',')
                .one_of(doctor::check_names())
                .type_name("CHECK");
            command.notes("Exit code 13 if a check has failed. docs/guide/doctor.md has every check.");
            command.examples(
                "muster doctor press-01\n"
                "muster doctor press-01 -h mqtts://127.0.0.1:8883 --est-url https://127.0.0.1:8443/.well-known/est/acme --broker");
        });
}

}  // namespace muster::cli

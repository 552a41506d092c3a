// SPDX-License-Identifier: Apache-2.0
// The flags of broker and demo.
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {

namespace {

void add_guest_flags(Command& command, BrokerRunOptions& options) {
    command.add_option("--tenant", options.guest.tenant, "Make this tenant if it is not there (default: none; for CMD test)")
        .type_name("NAME");
    command.add_option("--isolation", options.guest.isolation, "If it is made: device, or flat, with one topic space for all")
        .one_of({"device", "flat"})
        .show_default();
    command.add_flag("--anonymous", options.guest.anonymous, "If it is made: let clients in that show nothing (flat only)");
}

// Whom it serves. Where that is one alone, the variables of other muster commands name the broker that they are to talk to, not this one.
void add_guest(Command& command, BrokerRunOptions& options) {
    command.add_option("CMD", options.command, "A program with its arguments, behind --: served alone, and its exit code returned")
        .behind_dashes();
    command.add_flag("--print-env", options.prints_environment,
                     "Print variables for a shell instead of the ready line; tenant and application are made as for CMD");
}

}  // namespace

void add_broker_commands(Command& app) {
    Command* broker = add_group(app, "broker", "The bundled test broker");
    broker->examples("muster broker run --state fleet --listen mqtts://127.0.0.1:8883 --est https://127.0.0.1:8443\nmuster broker status");
    add_command<BrokerRunOptions>(
        *broker, "run", "Serve MQTT and EST until stopped, or while CMD runs; prints one line of JSON when ready",
        [](Command& command, BrokerRunOptions& options) {
            command.has_no_dry_run();
            add_guest(command, options);
            command
                .add_option(
                    "--listen", options.listen,
                    "Where clients come in, as often as needed: mqtts://, mqtt://, wss:// or ws://ADDRESS:PORT (WebSocket at /mqtt; "
                    "IPv6 as [::1]; port 0 is chosen by the system), or unix:PATH; mqtts and wss take ?client-cert=required, optional "
                    "(as without it) or off")
                .type_name("URL")
                .show_default();
            command.add_option("--est", options.est, "https://ADDRESS:PORT for enrollment").type_name("URL").show_default();
            command.add_option("--admin", options.admin, "unix:PATH of the admin socket (default: admin.sock in the state directory)")
                .said_only([&options] { return options.prints_environment || !options.command.empty(); });
            command
                .add_option("--admin-http", options.admin_http,
                            "http://ADDRESS:PORT for the admin API over TCP too, for who shows the token (default: none)")
                .type_name("URL");
            command.add_option("--admin-token-file", options.admin_token_file,
                               "File of mode 0600 with its token (default: admin.token in the state directory, made if needed)");
            command
                .add_option("--crl-http", options.crl_http, "http://ADDRESS:PORT for the CRLs, /crl/TENANT.crl (default: beside EST only)")
                .type_name("URL");
            command
                .add_option("--public-crl-url", options.public_crl_url,
                            "http://HOST[:PORT] where clients find them, for certificates to say (default: they name no CRL)")
                .type_name("URL");
            command.add_option("--log-format", options.log_format, "Also log every event on stderr, one line each (default: warnings only)")
                .one_of({"text", "json"})
                .type_name("text|json");
            command.add_option("--state", options.state_dir,
                               "Directory of what outlives the broker: registry, CA, sessions (default: nothing does)");
            command.add_flag("--ephemeral", options.ephemeral, "Say so: nothing outlives it, and --state is an error");
            command.add_flag("--allow-public", options.allow_public, "Allow an address that is not loopback");
            command.add_flag("--allow-public-faults", options.allow_public_faults, "Allow faults there as well");
            command
                .add_option("--password-cost", options.password_cost,
                            "Of passwords set from now on: scrypt's log2(N); below 14 for load tests")
                .range(4, 16)
                .show_default();
            command.add_option("--ca-key", options.ca_key, "Key of CAs that are made from now on")
                .one_of({"p256", "p384", "rsa2048", "rsa3072", "ed25519"})
                .show_default();
            command
                .add_option("--expired-renewal-grace", options.expired_renewal_grace,
                            "So many hours after its end a device's certificate still renews itself")
                .range(0, 87'600)
                .type_name("HOURS")
                .show_default();
            add_duration(
                command, "--approval-poll", [&options](auto given) { options.approval_poll = given; },
                "After which a device that waits for approval is to ask again, in whole seconds (30s)");
            add_duration(
                command, "--server-certificate-lifetime", [&options](auto given) { options.server_certificate_lifetime = given; },
                "Of the broker's own certificate, renewed while it serves when a third of that is left, in whole seconds from 3s (90 "
                "days)");
            add_offer_flags(command, options.offer);
            command.add_option("--ready-file", options.ready_file, "Also write the ready line to this file");
            command.add_option("--ready-fd", options.ready_fd, "Also write the ready line to this descriptor").range(3, 1'023);
            add_guest_flags(command, options);
            command.notes(
                "CMD finds in its environment what other muster commands read there: MUSTER_HOST, MUSTER_CAFILE, MUSTER_EST_URL,\n"
                "MUSTER_ADMIN, MUSTER_TENANT, MUSTER_USERNAME and MUSTER_PASSWORD_FILE, and for other clients MUSTER_MQTT_URL,\n"
                "MUSTER_MQTTS_URL, MUSTER_WS_URL and MUSTER_WSS_URL. Signals are passed on to it. If the broker cannot start, the exit\n"
                "code is 16, if there is no such program 127, and if it cannot be executed 126.");
            command.examples(
                "muster broker run --state fleet --listen mqtts://127.0.0.1:8883 --est https://127.0.0.1:8443\n"
                "muster broker run --ephemeral -- ctest --output-on-failure\n"
                "muster broker run -- sh -c 'muster pub -t a -m b -r && muster sub -t a -C 1'");
        });
    add_broker_admin_commands(*broker);
    add_broker_fault_commands(*broker);

    add_command<DemoOptions>(
        app, "demo", "From nothing to delivered readings, through an outage, with every figure measured",
        [](Command& command, DemoOptions& options) {
            command.has_no_dry_run();
            command.add_option("--readings", options.readings, "How many readings to publish").range(30, 1'000'000).show_default();
            command.add_option("--keep", options.keep, "Keep keys, certificates, registry and outbox in this new directory");
            command.examples("muster demo --keep demo");
        });
}

}  // namespace muster::cli

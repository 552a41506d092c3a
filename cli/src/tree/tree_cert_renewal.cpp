// SPDX-License-Identifier: Apache-2.0
// The flags of cert renew and cert needs-renewal.
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {

void add_cert_renewal_commands(Command& cert) {
    add_command<CertRenewOptions>(
        cert, "renew", "Renew the certificate of an identity directory, over EST, when it is due",
        [](Command& command, CertRenewOptions& options) {
            command.alias("reenroll");
            command.has_no_dry_run();
            command.add_option("--identity", options.identity, "The identity directory").required();
            command.add_option("--est-url", options.est_url, "The EST server: https://HOST:PORT/.well-known/est/TENANT").required();
            command.add_option("--cafile", options.cafile,
                               "PEM file with the CA certificates that vouch for the server (default: the identity's)");
            command
                .add_option("--expires-in", options.expires_in,
                            "Due when this share of its life has passed, or this time is left: 66%, 30d, 12h")
                .show_default();
            command.add_flag("--force", options.force, "Renew it now");
            command.add_flag("--rekey", options.rekey, "For a new key, in place of the one in use");
            command.add_option("--host", options.host, "Connect there with the new certificate before it is put in use: mqtts://HOST:PORT");
            command.add_option("--key-password-file", options.key_password_file, "File of mode 0600 with the key's password or PIN");
            command.add_option("--exec", options.exec, "Shell command to run after a renewal");
            command.add_flag("--error-unchanged", options.error_unchanged, "Exit code 3 when nothing was due");
            command.add_flag("--watch", options.watch,
                             "Stay, renew whenever it is due, and print an event a line, until SIGINT or SIGTERM");
            add_duration(
                command, "--splay", [&options](auto splay) { options.splay = splay; },
                "Wait a random time up to this before a renewal (default: none; with --watch a tenth of the certificate's life)");
            command.notes("While a device runs with the identity, it renews by itself.");
            command.examples(
                "muster cert renew --identity press-01 --est-url https://127.0.0.1:8443/.well-known/est/acme \\\n"
                "    --host mqtts://127.0.0.1:8883");
        });
    add_command<CertNeedsRenewalOptions>(
        cert, "needs-renewal", "Exit code 0: due for its renewal; 1: not yet; 255: cannot tell",
        [](Command& command, CertNeedsRenewalOptions& options) {
            command.add_option("FILE", options.place, "The certificate, or an identity directory").required();
            command
                .add_option("--expires-in", options.expires_in,
                            "Due when this share of its life has passed, or this time is left: 66%, 30d, 12h")
                .show_default();
            command.examples("muster cert needs-renewal press-01 && systemctl restart press-agent");
        });
}

}  // namespace muster::cli

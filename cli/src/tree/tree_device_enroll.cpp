// SPDX-License-Identifier: Apache-2.0
// The flags of device enroll.
#include "commands/device_enroll.hpp"
#include "tree/bulk_flags.hpp"
#include "tree/duration.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

void add_output_flags(Command& command, DeviceEnrollOptions& options) {
    command.add_option("--out-dir", options.out_dir, "Where identities go: DIR/<id>/ for each, and DIR/SHA256SUMS");
    command.add_option("--key-password-file", options.key_password_file, "File of mode 0600 with a password: encrypt the keys by it");
    command.add_option("--p12-password-file", options.p12_password_file,
                       "File of mode 0600 with a password: write DIR/<id>/device.p12 too (PKCS#12)");
}

void add_ca_flags(Command& command, DeviceEnrollOptions& options) {
    command.add_option("--ca-cert", options.ca_cert, "Instead of a server: the certificate of a CA whose key is at hand, as PEM");
    command.add_option("--ca-key", options.ca_key, "Its key, a file of mode 0600");
    command.add_option("--ca-key-password-file", options.ca_key_password_file, "File of mode 0600 with the key's password, if it has one");
    add_lifetime(
        command, "--not-after", [&options](std::chrono::seconds lifetime) { options.lifetime = lifetime; },
        "How long certificates live that --ca-cert signs (default: 90d)");
}

}  // namespace

void add_device_enroll_command(Command& device) {
    add_command<DeviceEnrollOptions>(
        device, "enroll", "Make keys and get certificates for a whole list, over EST; run again, it goes on where it was stopped",
        [](Command& command, DeviceEnrollOptions& options) {
            command.mutates();
            add_list_flag(command, options.run).required();
            add_output_flags(command, options);
            command.add_option("--est-url", options.est_url, "The EST server: https://HOST:PORT/.well-known/est/TENANT");
            command.add_option("--cafile", options.cafile, "PEM file with the CA certificates that vouch for the server");
            command.add_option("-T,--tenant", options.run.tenant, "The tenant that devices are registered in");
            command.add_option("--admin", options.admin,
                               "The broker's admin socket: registers devices that have no one-time password in the list");
            add_ca_flags(command, options);
            add_bulk_flags(command, options.run);
            command.examples(
                "muster device enroll -f fleet.csv --tenant acme --out-dir identities --cafile ca.pem \\\n"
                "    --est-url https://127.0.0.1:8443/.well-known/est/acme --p12-password-file p12.password");
        });
}

}  // namespace muster::cli
